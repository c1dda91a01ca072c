import { createHash } from 'node:crypto';
import type { Channel } from '../pipeline/spec/pipeline-spec.ts';
import { NOTICE_TYPES } from './event-outbox.ts';
import type { Route, UnroutedPage } from './event-outbox.ts';
import { eventType, isTenantEvent, ownerOf, streamOf } from './pipeline-event.ts';
import type { PipelineEvent, StoredEvent } from './pipeline-event.ts';
import type { SinkRecord } from './sink-record.ts';

/** Events that the people of a pipeline are told of: failures, and the first success after them. */
export function noteworthy({ events, recoveries }: UnroutedPage): readonly PipelineEvent[] {
  return events.filter(
    (event): event is PipelineEvent =>
      !isTenantEvent(event) &&
      (eventType(event) === 'run.failed' || (event.step === null && recoveries.has(event.id))),
  );
}

/** What each sink is sent; `declared` are the sinks of the pipelines of noteworthy events. */
export function routeEvents(page: UnroutedPage, declared: readonly SinkRecord[]): Route[] {
  const wanted = page.events.flatMap((event) =>
    page.sinks.filter((sink) => wants(sink, event)).map((sink) => routeOf(event, sink)),
  );
  const told = noteworthy(page).flatMap((event) =>
    declared.filter((sink) => isOf(sink, event)).map((sink) => routeOf(event, sink)),
  );
  return [...wanted, ...told];
}

function routeOf(event: StoredEvent, { sinkId }: SinkRecord): Route {
  return { sinkId, eventId: event.id, tenantId: ownerOf(event), streamId: streamOf(event) };
}

function wants({ tenantId, eventTypes }: SinkRecord, event: StoredEvent): boolean {
  return (
    (tenantId === null || tenantId === ownerOf(event)) && eventTypes.includes(eventType(event))
  );
}

function isOf(sink: SinkRecord, event: PipelineEvent): boolean {
  return sink.tenantId === event.tenantId && sink.pipelineId === event.pipelineId;
}

/** A channel under `notify`; the same declaration is the same sink in every process. */
export function declaredSink(
  channel: Channel,
  of: Pick<PipelineEvent, 'tenantId' | 'pipelineId'>,
  createdAt: Date,
): SinkRecord {
  const { tenantId, pipelineId } = of;
  const [kind, address] = addressOf(channel);
  const name = JSON.stringify([tenantId, pipelineId, kind, address]);
  const sinkId = `notify-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  const fixed = { eventTypes: NOTICE_TYPES, sealedSecret: null, createdAt };
  return { sinkId, tenantId, kind, pipelineId, address, ...fixed };
}

function addressOf(channel: Channel): readonly [SinkRecord['kind'], string] {
  if ('slack' in channel) return ['slack', channel.slack];
  if ('webhook' in channel) return ['webhook', channel.webhook];
  return ['email', channel.email.join(', ')];
}
