import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import type { ConfigStore } from '../pipeline/config-store.ts';
import { loadTenantConfig } from '../pipeline/load-tenant-config.ts';
import type { SecretStore } from '../tenant/secret-store.ts';
import { tenantScope } from '../tenant/tenant-scope.ts';
import type { EventOutbox } from './event-outbox.ts';
import type { PipelineEvent } from './pipeline-event.ts';
import { declaredSink, noteworthy, routeEvents } from './route-events.ts';
import type { SinkRecord } from './sink-record.ts';

export interface RouteDeps {
  readonly outbox: EventOutbox;
  readonly configs: ConfigStore;
  readonly secrets: SecretStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const PAGE = 500;

/** Makes deliveries for new events, page by page, until there are no more. */
export async function route(deps: RouteDeps, signal: AbortSignal): Promise<void> {
  for (let isFull = true; isFull && !signal.aborted;) {
    const page = await deps.outbox.readUnrouted(PAGE);
    if (page.events.length > 0) {
      const declared = await findDeclared(noteworthy(page), deps);
      await deps.outbox.storeRoutes(page, routeEvents(page, declared), declared);
    }
    ({ isFull } = page);
  }
}

/** The channels that the pipelines of the events declare. */
async function findDeclared(
  events: readonly PipelineEvent[],
  deps: RouteDeps,
): Promise<SinkRecord[]> {
  const found = new Map<string, SinkRecord>();
  for (const [tenantId, ofTenant] of Map.groupBy(events, (event) => event.tenantId)) {
    const pipelines = await readPipelines(tenantId, deps);
    for (const event of ofTenant) {
      const channels = pipelines.get(event.pipelineId)?.notify?.on_failure ?? [];
      const sinks = channels.map((channel) => declaredSink(channel, event, deps.clock.now()));
      for (const sink of sinks) found.set(sink.sinkId, sink);
    }
  }
  return [...found.values()];
}

/** A folder that cannot be read must not hold up what others are told. */
async function readPipelines(tenantId: string, { configs, secrets, log }: RouteDeps) {
  const scope = tenantScope(tenantId);
  try {
    const files = await configs.readConfig(scope);
    return loadTenantConfig(files, await secrets.listSecrets(scope)).pipelines;
  } catch (error) {
    log.warn('who is to be told of a run could not be read', { tenant_id: tenantId, error });
    return new Map<string, never>();
  }
}
