import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import type { Clock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { createLog } from 'base/log.ts';
import { ConfigFolder } from '../../../adapters/files/config-folder.ts';
import { readControlLoad } from '../../../adapters/postgres/control-load.ts';
import type { ControlDatabase } from '../../../adapters/postgres/control-database.ts';
import { openControlDatabase } from '../../../adapters/postgres/open-control-database.ts';
import { PostgresRunQueue } from '../../../adapters/postgres/run/queue/run-queue.ts';
import { PostgresRunStore } from '../../../adapters/postgres/run/store/run-store.ts';
import { PostgresLeavingStore } from '../../../adapters/postgres/tenant/offboard/leaving-store.ts';
import { PostgresTenantStore } from '../../../adapters/postgres/tenant/tenant-store.ts';
import { SecretFolder } from '../../../adapters/secrets/secret-folder.ts';
import { createLocalSecretBox } from '../../../adapters/secrets/local-secret-box.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import type { EventType } from '../../../engine/event/pipeline-event.ts';
import type { Failure, RunStatus } from '../../../engine/run/run.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { readSettings } from '../../settings/settings.ts';
import { EventRelay } from './event-relay.ts';
import { wireEvents } from './wire.ts';
import type { EventWiring } from './wire.ts';

/** As the system's, but it never waits long: what polls, polls at once. */
const impatient: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
};

export type RelayBench = Awaited<ReturnType<typeof openRelayBench>>;

/**
 * Tenants, runs and relays on a PostgreSQL of their own, or on the embedded one; delays after failures
 * are none.
 */
export async function openRelayBench(env: Record<string, string> = {}, isEmbedded = false) {
  const folder = await mkdtemp(join(tmpdir(), 'convergence-relay-'));
  const server = isEmbedded ? null : await openTestDatabase();
  const url = server?.url ?? '';
  const databaseUrl = server?.url;
  const database = await openControlDatabase({ databaseUrl, dataDir: join(folder, 'data') });
  await upgradeDatabase(database);
  const clock = impatient;
  const nextId = createUuidV7({ clock });
  const runs = new PostgresRunStore(database, { clock, nextId });
  const tenants = new PostgresTenantStore(database, { clock });
  const relays: EventRelay[] = [];
  const wire = (changes: { clock?: Clock } = {}) =>
    wireEvents(database, {
      clock,
      nextId,
      runs,
      box: createLocalSecretBox('of the bench', 'test'),
      random: () => 0,
      ...changes,
      settings: readSettings({ DATABASE_URL: databaseUrl, ...env }),
      log: createLog({ level: 'silent', clock }),
      configs: new ConfigFolder(folder),
      secrets: new SecretFolder(folder),
    });
  const { api, keepTopic } = wire();
  return {
    url,
    api,
    keepTopic,
    clock,
    tenants,
    readBacklog: async () => (await readControlLoad(database)).events,
    leaving: new PostgresLeavingStore(database),
    ...actions({ api, database, runs, tenants, folder }),
    startRelay(changes: { clock?: Clock } = {}) {
      const relay = new EventRelay(wire(changes).relay);
      relay.start();
      relays.push(relay);
      return relay;
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.stop()));
      await database.close();
      await server?.drop();
      await rm(folder, { recursive: true });
    },
  };
}

const RUN_TYPES = ['run.pending', 'run.running', 'run.complete', 'run.failed'] as const;

interface Stores {
  readonly api: EventWiring['api'];
  readonly database: ControlDatabase;
  readonly runs: PostgresRunStore;
  readonly tenants: PostgresTenantStore;
  readonly folder: string;
}

function actions({ api, database, runs, tenants, folder }: Stores) {
  return {
    async addTenant(tenantId: string) {
      await tenants.createTenant({ tenantId, plan: 'enterprise' });
      return tenantScope(tenantId);
    },
    /** Tells a URL what is asked for; unless told, every change of every run. */
    async addWebhook(
      owner: string | null,
      url: string,
      eventTypes: readonly EventType[] = RUN_TYPES,
    ) {
      const { sealed } = await api.webhooks.createSecret();
      const sink = await api.sinks.createWebhook(owner, { url, eventTypes, sealedSecret: sealed });
      return sink.sinkId;
    },
    async writeConfig(path: string, text: string) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: 0o600 });
    },
    /** Runs a pipeline to an end; the id of the run. */
    async run(tenantId: string, status: RunStatus, failure: Failure | null = null) {
      const request = { pipelineId: 'orders', triggerBy: 'test', parameters: {} };
      const { runId } = await runs.admitRun(tenantScope(tenantId), request);
      const queue = new PostgresRunQueue(database);
      const claims = await queue.claimRuns('bench', { limit: 1_000, leaseMs: 60_000 });
      await Promise.all(claims.map((claim) => queue.finishRun(claim, status, failure)));
      return runId;
    },
  };
}
