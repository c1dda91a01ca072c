import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import type { Log } from 'base/log.ts';
import { createPageReader } from '../adapters/duckdb/page/page-reader.ts';
import { previewParts } from '../adapters/duckdb/preview-parts.ts';
import { ConfigFolder } from '../adapters/files/config-folder.ts';
import { createFileSource } from '../adapters/files/source/file-source.ts';
import { PlanFile } from '../adapters/files/plan-file.ts';
import { writeSample } from '../adapters/files/write-sample.ts';
import { createRestSource } from '../adapters/http/rest-source.ts';
import { updateLock } from '../adapters/postgres/embedded/data-folder-lock.ts';
import type { ControlDatabase } from '../adapters/postgres/control-database.ts';
import { readControlLoad, readTables } from '../adapters/postgres/control-load.ts';
import { PostgresHistoryFeed } from '../adapters/postgres/run/history/history-feed.ts';
import { endLeases } from '../adapters/postgres/run/queue/end-leases.ts';
import { endLostRuns } from '../adapters/postgres/run/queue/end-lost-runs.ts';
import { PostgresQueueControl } from '../adapters/postgres/run/queue/queue-control.ts';
import { PostgresRunQueue } from '../adapters/postgres/run/queue/run-queue.ts';
import { PostgresBackfillStore } from '../adapters/postgres/run/store/backfill-store.ts';
import { PostgresScheduleStore } from '../adapters/postgres/run/schedule/schedule-store.ts';
import type { ScheduleStoreDeps } from '../adapters/postgres/run/schedule/schedule-store.ts';
import { PostgresRunQuota } from '../adapters/postgres/run/run-quota.ts';
import { PostgresRunStore } from '../adapters/postgres/run/store/run-store.ts';
import { PostgresQuotaStore } from '../adapters/postgres/tenant/quota-store.ts';
import { PostgresDocumentStore } from '../adapters/postgres/tenant/document-store.ts';
import { PostgresLeavingStore } from '../adapters/postgres/tenant/offboard/leaving-store.ts';
import { PostgresTenantStore } from '../adapters/postgres/tenant/tenant-store.ts';
import { SecretFolder } from '../adapters/secrets/secret-folder.ts';
import { downgradeDatabase, readMigrationStatus, upgradeDatabase } from '../db/migrate.ts';
import { openControlDatabase } from '../adapters/postgres/open-control-database.ts';
import { fail } from '../engine/error-codes.ts';
import { refuseMissing } from '../engine/tenant/plan/plan.ts';
import type { QuotaStore } from '../engine/tenant/usage/quota-store.ts';
import { countQuotaUse } from '../engine/tenant/usage/usage.ts';
import { mergeConfigs } from '../engine/pipeline/document/merge-configs.ts';
import type { TenantScope } from '../engine/tenant/tenant-scope.ts';
import type { RunDeps } from '../engine/run/execute/open-run.ts';
import { noTracer } from '../engine/run/trace/tracer.ts';
import type { Tracer } from '../engine/run/trace/tracer.ts';
import type { ApiDeps } from './api/api-deps.ts';
import { featuresOf } from './settings/features.ts';

import { createChores } from './scheduler/chores.ts';
import type { ChoreDeps } from './scheduler/chores.ts';
import { wireSecrets } from './secrets/wire.ts';
import type { PlatformSecrets } from './secrets/wire.ts';
import { openExports, openObjectSource, openParts } from './sources/wire.ts';
import type { RelayDeps } from './worker/relay/event-relay.ts';
import { wireDoorbell } from './worker/doorbell/wire.ts';
import type { PassedOnBell } from './worker/doorbell/wire.ts';
import { wireEvents } from './worker/relay/wire.ts';
import type { EventWiring } from './worker/relay/wire.ts';
import type { Settings } from './settings/settings.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { traceCalls, traceWarehouse } from './telemetry/trace-calls.ts';
import { wireWarehouse } from './warehouse/wire.ts';
import type { WarehouseWiring } from './warehouse/wire.ts';
import { createTenantLimits } from '../engine/tenant/plan/tenant-limits.ts';
import { createSourceInspector } from './sources/source-inspector.ts';

/** Everything that the doors of one process run on. */
export interface Wiring {
  readonly api: ApiDeps;
  readonly run: RunDeps;
  readonly telemetry: Telemetry;
  readonly relay: RelayDeps;
  readonly keepTopic: EventWiring['keepTopic'];
  readonly doorbell: PassedOnBell;
  close(): Promise<void>;
}

/** How a process is seen from outside, besides its log. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** Sends the spans that wait. */
  close(): Promise<void>;
}

export interface WireOptions {
  readonly settings: Settings;
  readonly log: Log;
}

/** Below this an embedded platform says that it is not ready: DuckDB and PGlite need room to write. */
const MIN_FREE_BYTES = 100_000_000;

/**
 * Opens the control database and chooses the adapters.
 * @throws data_folder_locked, database_unreachable, migration_conflict, plans_invalid, plan_in_use,
 *   settings_invalid, unsupported, kms_invalid, kms_refused
 */
export async function wirePlatform(options: WireOptions): Promise<Wiring> {
  const { settings } = options;
  const database = await openDatabase(settings);
  try {
    return await wireOn(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openDatabase(settings: Settings): Promise<ControlDatabase> {
  const { DATABASE_URL: databaseUrl, DATA_DIR: dataDir } = settings;
  const database = await openControlDatabase({ databaseUrl, dataDir });
  try {
    if (settings.ENVIRONMENT === 'development') await upgradeDatabase(database);
    else await requireMigrated(database);
    if (!databaseUrl) await endLeases(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Outside development a person decides when the schema changes. */
async function requireMigrated(database: ControlDatabase): Promise<void> {
  const missing = (await readMigrationStatus(database)).filter(({ appliedAt }) => !appliedAt);
  if (missing.length === 0) return;
  throw fail('migration_conflict', `the database lacks ${missing.length} migrations`, {
    hint: 'Run `convergence migrate upgrade` first.',
  });
}

async function wireOn(database: ControlDatabase, options: WireOptions): Promise<Wiring> {
  const { settings, log } = options;
  const clock = systemClock;
  const nextId = createUuidV7({ clock });
  const files = new SecretFolder(resolve(settings.CONFIG_DIR));
  const sealed = await wireSecrets(database, { settings, log, files });
  const quotas = new PostgresQuotaStore(database, { clock });
  const plans = await openPlans(options, quotas);
  const readPlans = plans.read;
  const opening = await openStores(settings, database, readPlans);
  const stores = { ...opening, secrets: sealed.secrets };
  const opened = await openSources(options);
  const { sources } = opened;
  const { localParts, warehouse } = stores;
  const telemetry = await openTelemetry(options);
  const { metrics, tracer } = telemetry;
  const seen = { ...stores, tracer, warehouse: traceWarehouse(warehouse, tracer) };
  const runs = new PostgresRunStore(database, { clock, nextId, readPlans });
  const queue = new PostgresRunQueue(database, readPlans);
  const { box } = sealed;
  const relaying = { ...stores, ...options, box, clock, nextId, random, runs };
  const events = wireEvents(database, relaying);
  const doorbell = wireDoorbell(database, { settings, log, clock });
  return {
    telemetry,
    run: {
      ...seen,
      sources: traceSources(sources, tracer),
      clock,
      log,
      random,
      meter: metrics.runs,
      queue,
      quota: new PostgresRunQuota(database, { clock, readPlans }),
    },
    api: {
      ...seen,
      metrics,
      settings,
      clock,
      log,
      nextId,
      ...operatorStores(database, { ...stores, settings, clock, nextId, readPlans, tracer }),
      probes: [...probesOf(database, settings.DATA_DIR), ...sealed.probes, ...stores.probes],
      quotas,
      plans,
      ...schedulingOf(database, { ...stores, clock, nextId, log, queue, quotas, readPlans }),
      ...sealed.api,
      runs: traceCalls(runs, { tracer, names: ADMISSIONS }),
      ...events.api,
      sources: createSourceInspector({ sources, parts: localParts, nextId, previewParts }),
      controlPlane: controlPlaneOf(database, { quotas, plans, sealed, events, ...stores }),
    },
    relay: events.relay,
    keepTopic: events.keepTopic,
    doorbell,
    close: () => closeInOrder([doorbell, telemetry, events, opened, warehouse, sealed, database]),
  };
}

async function closeInOrder(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close();
}

type OperatorDeps = Pick<ApiDeps, 'settings' | 'clock' | 'nextId'> &
  Pick<Awaited<ReturnType<typeof openStores>>, 'offboarding'> & {
    readPlans: PlanFile['read'];
    tracer: Tracer;
  };

/** What the operator has to do with tenants and their runs. */
function operatorStores(database: ControlDatabase, deps: OperatorDeps) {
  const { settings, offboarding } = deps;
  return {
    tenants: new PostgresTenantStore(database, deps),
    queueControl: new PostgresQueueControl(database),
    backfills: traceCalls(new PostgresBackfillStore(database, deps), {
      tracer: deps.tracer,
      names: { startBackfill: 'admission' },
    }),
    offboarding: { ...offboarding, leaving: new PostgresLeavingStore(database) },
    writeSample: (scope: TenantScope) => writeSample(resolve(settings.CONFIG_DIR), scope),
  };
}

type SchedulingDeps = ScheduleStoreDeps &
  Pick<ChoreDeps, 'mirror' | 'configs' | 'secrets' | 'queue' | 'log' | 'quotas'>;

function schedulingOf(database: ControlDatabase, deps: SchedulingDeps) {
  const schedules = new PostgresScheduleStore(database, deps);
  const lost = (since: Date) => endLostRuns(database, since);
  const history = new PostgresHistoryFeed(database);
  return {
    schedules,
    chores: createChores({ ...deps, schedules, history, endLostRuns: lost }),
  };
}

const { random } = Math;
const ADMISSIONS = { admitRun: 'admission', restartRun: 'admission' };

/** Loaded only where it is wanted: the SDK takes 0.2 s and 44 MB (measured on 2 cores, load 7). */
async function openTelemetry({ settings, log }: WireOptions): Promise<Telemetry> {
  const metrics = createMetrics();
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, VERSION, ENVIRONMENT } = settings;
  if (!endpoint) return { metrics, tracer: noTracer, close: async () => {} };
  const { openOtlpTracer } = await import('../adapters/opentelemetry/otlp-tracer.ts');
  const opened = openOtlpTracer({
    endpoint,
    version: VERSION,
    environment: ENVIRONMENT,
    onLost: (reason) => log.warn('traces could not be sent', { reason }),
  });
  return { ...opened, metrics };
}

function traceSources(sources: RunDeps['sources'], tracer: Tracer) {
  const traced = Object.entries(sources).map(([type, source]) => [
    type,
    traceCalls(source, { tracer, names: { extract: `extract ${type}` } }),
  ]);
  return Object.fromEntries(traced) as RunDeps['sources'];
}

function openPlans({ settings, log }: WireOptions, quotas: QuotaStore): Promise<PlanFile> {
  return PlanFile.open(settings.PLANS_FILE, {
    clock: systemClock,
    log,
    accept: async (plans) => refuseMissing(plans, await quotas.countPlans()),
  });
}

async function openStores(
  settings: Settings,
  database: ControlDatabase,
  readPlans: PlanFile['read'],
) {
  const configDir = resolve(settings.CONFIG_DIR);
  const tenants = new PostgresTenantStore(database, { clock: systemClock, readPlans });
  const readLimits = createTenantLimits({ tenants, readPlans, clock: systemClock });
  const { parts, localParts } = openParts(settings);
  const { tables, ...wired } = await wireWarehouse(settings, {
    readLimits,
    readAccount: async ({ tenantId }) => (await tenants.getTenant(tenantId)).googleServiceAccount,
  });
  const { mirror } = wired;
  const configFiles = new ConfigFolder(configDir);
  const documents = new PostgresDocumentStore(database);
  return {
    configs: mergeConfigs(configFiles, documents),
    configFiles,
    documents,
    parts,
    localParts,
    ...wired,
    offboarding: {
      mirror,
      tables,
      exports: openExports(settings),
      parts,
    },
  };
}

async function openSources({ settings }: WireOptions) {
  const pages = await createPageReader();
  const rest = createRestSource({
    pages,
    clock: systemClock,
    random,
    allowPrivateAddresses: featuresOf(settings).private_sources,
  });
  const file = createFileSource({
    configDir: resolve(settings.CONFIG_DIR),
    allowedRoots: settings.FILE_ROOTS,
  });
  return {
    sources: { rest_api: rest, file, object_storage: openObjectSource(settings) },
    async close() {
      await rest.close();
      await pages.close();
    },
  };
}

interface ControlPlaneNeeds {
  readonly quotas: QuotaStore;
  readonly plans: PlanFile;
  readonly sealed: PlatformSecrets;
  readonly events: EventWiring;
  readonly keepDatasets: WarehouseWiring['keepDatasets'];
}

function controlPlaneOf(
  database: ControlDatabase,
  { quotas, plans, sealed, events, keepDatasets }: ControlPlaneNeeds,
): ApiDeps['controlPlane'] {
  return {
    async readLoad() {
      const quotaUse = countQuotaUse(await quotas.listUsage(), await plans.read());
      return { ...(await readControlLoad(database)), quotaUse };
    },
    async bootstrap({ recreate }) {
      if (recreate) await downgradeDatabase(database, Infinity);
      await upgradeDatabase(database);
      await sealed.keepPepper();
      await events.keepTopic();
      await keepDatasets();
      return readTables(database);
    },
  };
}

function probesOf(database: ControlDatabase, dataDir: string): ApiDeps['probes'] {
  return [
    { name: 'database', check: async () => void (await readMigrationStatus(database)) },
    {
      name: 'disk',
      check: async () => {
        const { bavail, bsize } = await statfs(dataDir);
        if (bavail * bsize < MIN_FREE_BYTES) throw fail('disk_full', 'the data folder is full');
      },
    },
  ];
}

/** Tells other processes on this machine where the API of an embedded platform answers. */
export function announce({ DATABASE_URL, DATA_DIR }: Settings, url: string): void {
  if (!DATABASE_URL) updateLock(DATA_DIR, { url });
}
