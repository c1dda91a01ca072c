import { accessSync, constants } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { makeFolder } from 'base/make-folder.ts';
import type { Log } from 'base/log.ts';
import { fail } from '../engine/error-codes.ts';
import type { AdminKeyRecord } from '../engine/tenant/key/admin-key-store.ts';
import { executeRun } from '../engine/run/execute/execute-run.ts';
import { buildApp } from './api/app.ts';
import { ADMIN_KEY, localKey } from './secrets/local-key.ts';
import { MAX_LOSSES } from './scheduler/chores.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { keyFilePath } from './secrets/kms/key-file-path.ts';
import { rewrapRegularly } from './secrets/rewrap-regularly.ts';
import { featuresOf } from './settings/features.ts';
import { settingsNotices } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import { announce, wirePlatform } from './wire.ts';
import type { Wiring } from './wire.ts';
import { openLog } from './telemetry/open-log.ts';
import { EventRelay } from './worker/relay/event-relay.ts';
import { serveWorkerPort } from './worker/worker-port.ts';
import { Worker } from './worker/worker.ts';
import type { WorkerOptions } from './worker/worker.ts';

export interface Roles {
  readonly api: boolean;
  readonly worker: boolean;
  /** Starts what is due; any number of processes may. Absent: no, as for a single command. */
  readonly scheduler?: boolean;
}

export interface PlatformOptions {
  readonly settings: Settings;
  readonly roles: Roles;
  readonly listen: { readonly host: string; readonly port: number };
  /** Absent: all queues, WORKER_CONCURRENCY runs at a time. */
  readonly worker?: Partial<Pick<WorkerOptions, 'queues' | 'places'>>;
}

export interface Platform {
  /** Address of the API; empty for a worker alone. */
  readonly url: string;
  /** Of a worker alone that has a METRICS_PORT or a PORT; else empty. */
  readonly metricsUrl: string;
  readonly adminKey: string;
  /** Where the admin key is kept; null when it was given in ADMIN_API_KEY. */
  readonly adminKeyFile: string | null;
  /** Ends requests and hands unfinished runs back; within 10 s. */
  close(): Promise<void>;
}

/** A lease outlives five heartbeats, so that a busy moment costs no run. */
const LEASE_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Of the ten seconds that SIGTERM leaves; the rest is for closing files and connections. */
const GRACE_MS = 7_000;

/**
 * Starts Convergence in this process: the API, a worker, or both.
 * @throws settings_invalid, port_taken, data_folder_locked, database_unreachable,
 *   migration_conflict, unsupported
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { roles } = options;
  makeDataFolder(options.settings);
  const settings = withLocalKey(options.settings);
  const log = openLog(settings);
  for (const notice of settingsNotices(options.settings)) log.warn(notice);
  const wiring = await wirePlatform({ settings, log });
  const api = roles.api ? await openApi(wiring, options).catch(closing(wiring)) : null;
  const worker = roles.worker ? createWorker(wiring, options, log) : null;
  const port = await openWorkerPort(wiring, options, worker).catch(closing(wiring));
  if (api) announce(settings, api.url);
  if (api) await wiring.doorbell.start().catch(closing(wiring));
  worker?.start();
  const scheduler =
    roles.scheduler && featuresOf(settings).scheduler ? startScheduler(wiring, log) : null;
  const sweeping = roles.worker ? [sweepParts(wiring), ...rewrapping(wiring)] : [];
  const relay = roles.worker ? startRelay(wiring, log) : null;
  return {
    url: api?.url ?? '',
    metricsUrl: port?.url ?? '',
    adminKey: settings.ADMIN_API_KEY ?? '',
    adminKeyFile: settings === options.settings ? null : `${settings.DATA_DIR}/${ADMIN_KEY}`,
    async close() {
      for (const timer of sweeping) clearInterval(timer);
      await Promise.all([scheduler?.stop(), worker?.stop(), api?.close()]);
      await relay?.stop();
      await port?.close();
      await wiring.close();
    },
  };
}

function makeDataFolder({ DATA_DIR }: Settings): void {
  try {
    makeFolder(DATA_DIR);
    accessSync(DATA_DIR, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw fail(
      'settings_invalid',
      `DATA_DIR is '${DATA_DIR}', which is no writable folder: ${code}`,
      {
        hint: 'Name a folder in DATA_DIR that the user of this process may write to.',
        cause,
      },
    );
  }
}

/** In development nobody has to make up a key. */
function withLocalKey(settings: Settings): Settings {
  if (settings.ADMIN_API_KEY || settings.ENVIRONMENT !== 'development') return settings;
  return { ...settings, ADMIN_API_KEY: localKey(settings.DATA_DIR, ADMIN_KEY) };
}

/** An API that opens to no operator could not be given a key either. */
async function requireAdmin({ api }: Wiring): Promise<void> {
  const { settings, adminKeys, clock } = api;
  if (settings.ADMIN_API_KEY || settings.DISABLE_AUTH) return;
  const now = clock.now();
  const opens = ({ revokedAt, expiresAt }: AdminKeyRecord) =>
    !revokedAt && (!expiresAt || expiresAt > now);
  if ((await adminKeys.listKeys()).some(opens)) return;
  throw fail(
    'settings_invalid',
    'ADMIN_API_KEY is not set, and there is no admin key that opens.',
    {
      hint: 'Set it to at least 32 characters, such as `convergence generate-admin-key` prints.',
    },
  );
}

function createWorker(wiring: Wiring, { settings, worker: asked = {} }: PlatformOptions, log: Log) {
  const fixed = settings.WORKER_CONCURRENCY;
  const { queue, clock } = wiring.run;
  const worker = new Worker(
    { queue, clock, log, execute: (claim, signal) => executeRun(claim, signal, wiring.run) },
    {
      name: `${hostname()}-${process.pid}`,
      queues: asked.queues,
      places: asked.places ?? { min: fixed, max: fixed },
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      maxAttempts: MAX_LOSSES,
      graceMs: GRACE_MS,
    },
  );
  return worker;
}

/** Events wait for a topic that cannot be reached; the worker does not. */
function startRelay({ relay: deps, keepTopic }: Wiring, log: Log): EventRelay {
  keepTopic().catch((error: unknown) => {
    log.error('the topic of PUBSUB_TOPIC cannot be kept', { error });
  });
  const relay = new EventRelay(deps);
  relay.start();
  return relay;
}

function startScheduler({ api }: Wiring, log: Log): Scheduler {
  const { chores, clock, schedules } = api;
  const readNextDue = () => schedules.readNextDue();
  const scheduler = new Scheduler({ chores, readNextDue, clock, log });
  scheduler.start();
  return scheduler;
}

/** What failed runs have left waits this long for a restart, which goes on with it. */
const KEEP_PARTS_MS = 7 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;

function sweepParts({ run }: Wiring): NodeJS.Timeout {
  const sweep = () => {
    const before = new Date(run.clock.now().getTime() - KEEP_PARTS_MS);
    run.parts.discardStale(before).catch((error: unknown) => {
      run.log.error('old parts could not be removed', { error });
    });
  };
  sweep();
  return setInterval(sweep, SWEEP_EVERY_MS).unref();
}

function rewrapping({ api }: Wiring): NodeJS.Timeout[] {
  const { settings, masterKeys, log } = api;
  const hasKms = settings.GCP_KMS_KEY_NAME !== undefined || keyFilePath(settings) !== undefined;
  return hasKms ? [rewrapRegularly(masterKeys.rewrapper, log)] : [];
}

async function openApi(wiring: Wiring, { listen: at }: PlatformOptions) {
  await requireAdmin(wiring);
  const app = await buildApp(wiring.api);
  await app.listen(at).catch((error: unknown) => {
    throw portError(error, at);
  });
  const { port } = app.server.address() as AddressInfo;
  const host = at.host === '0.0.0.0' || at.host === '::' ? '127.0.0.1' : at.host;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => app.close(),
  };
}

/** Cloud Run says in PORT where it wants an answer. */
async function openWorkerPort(
  { telemetry: { metrics } }: Wiring,
  { roles, settings }: PlatformOptions,
  worker: Worker | null,
) {
  const { API_HOST: host, METRICS_PORT, PORT } = settings;
  const port = METRICS_PORT ?? PORT;
  if (roles.api || worker === null || port === undefined) return null;
  return serveWorkerPort({ metrics, wake: (signal) => worker.wake(signal) }, { host, port });
}

function closing(wiring: Wiring): (error: unknown) => Promise<never> {
  return async (error) => {
    await wiring.close();
    throw error;
  };
}

function portError(cause: unknown, { host, port }: PlatformOptions['listen']): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return fail('port_taken', `another program listens on ${host}:${port}`, {
      hint: 'Set API_PORT to another port, or to 0 for a free one.',
      cause,
    });
  }
  if (!/^(?:EADDRNOTAVAIL|EACCES|ENOTFOUND)$/.test(code ?? '')) return cause;
  return fail('settings_invalid', `this process cannot listen on ${host}:${port} (${code})`, {
    hint: 'Set API_HOST to an address of this machine, and API_PORT to a port that is free to use.',
    cause,
  });
}
