import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CliProcess } from '../../convergence/cli/cli-process.fake.ts';
import { startPostgres } from '../../convergence/testing/postgres-server.ts';
import type { PostgresServer } from '../../convergence/testing/postgres-server.ts';
import { readRows } from '../../convergence/testing/read-rows.ts';

const ADMIN_KEY = 'the-admin-key-of-the-soak-0123456789abcdef';
const WORKERS = 2;
const PLACES = 2;
/** A request that died with the API or the database is sent again. */
const AGAIN_AFTER_MS = 100;
const GIVE_UP_AFTER_MS = 60_000;

interface Request {
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly body?: object;
}

/** One API and two workers, each a process, over a PostgreSQL of their own; any can be killed. */
export class SoakPlatform {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly #server: PostgresServer;
  readonly #workers: CliProcess[] = [];
  #api: CliProcess | null = null;
  #url = '';

  private constructor(folder: string, server: PostgresServer) {
    this.folder = folder;
    this.#server = server;
    this.databaseUrl = server.url.replace('/postgres?', '/soak?');
  }

  static async start(): Promise<SoakPlatform> {
    const folder = await mkdtemp(join(tmpdir(), 'convergence-soak-'));
    await mkdir(join(folder, 'configs'));
    const platform = new SoakPlatform(folder, await startPostgres({ isDurable: true }));
    try {
      await readRows(platform.#server.url, 'CREATE DATABASE soak');
      await platform.#startApi();
      await Promise.all(Array.from({ length: WORKERS }, () => platform.#startWorker()));
    } catch (error) {
      await platform.remove();
      throw error;
    }
    return platform;
  }

  /** kill -9, then a new process in its place. */
  async killApi(): Promise<void> {
    await killed(this.#api);
    await this.#startApi();
  }

  async killWorker(): Promise<void> {
    await killed(this.#workers.shift());
    await this.#startWorker();
  }

  killDatabase(): Promise<void> {
    return this.#server.crash();
  }

  /**
   * What time does to leases within 30 s, at once: runs of dead workers are taken again, and those
   * of living ones are taken from them.
   */
  async endLeases(): Promise<void> {
    const leases = 'UPDATE tenants.tenant_pipeline_execution_queue SET lease_until = now()';
    await readRows(this.databaseUrl, `${leases} WHERE fence IS NOT NULL`);
    await this.ask('POST /api/v1/scheduler/cleanup-orphaned-pipelines');
  }

  /** Asks until there is an answer; @throws when it is a refusal. */
  async ask<T>(route: string, request: Request = {}): Promise<T> {
    const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const answer = await this.#askOnce(route, request).catch((error: unknown) => error as Error);
      if (!(answer instanceof Error)) {
        if (answer.ok) return (await answer.json()) as T;
        const said = await answer.text();
        if (answer.status < 500) throw new Error(`${route}: ${said}`);
      }
      if (performance.now() > giveUpAtMs) throw new Error(`${route} was not answered`);
      await wait(AGAIN_AFTER_MS);
    }
  }

  /** Ends all processes, and forgets what they have written. */
  async remove(): Promise<void> {
    await Promise.all([this.#api, ...this.#workers].map(killed));
    await this.#server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #askOnce(route: string, { key, idempotencyKey, body }: Request): Promise<Response> {
    const [method = '', path = ''] = route.split(' ');
    return fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(10_000),
      headers: {
        ...(key === undefined ? { 'x-admin-key': ADMIN_KEY } : { 'x-api-key': key }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  async #startApi(): Promise<void> {
    this.#api = await this.#start('api');
    this.#url = /"url":"([^"]+)"/.exec(this.#api.seen())?.[1] ?? '';
  }

  async #startWorker(): Promise<void> {
    this.#workers.push(await this.#start('worker', '--concurrency', String(PLACES)));
  }

  async #start(...command: readonly string[]): Promise<CliProcess> {
    const started = new CliProcess([...command, '--json'], {
      folder: this.folder,
      env: {
        DATABASE_URL: this.databaseUrl,
        ADMIN_API_KEY: ADMIN_KEY,
        API_PORT: '0',
        CONFIG_DIR: 'configs',
        DATA_DIR: 'data',
        LOG_LEVEL: 'warn',
        // The flood is to reach the queue.
        RATE_LIMIT_PER_KEY: '0',
        RATE_LIMIT_PER_ADDRESS: '0',
      },
    });
    if (process.env.JOURNEY_LOG === '1') started.child.stderr.pipe(process.stderr);
    await started.sees(/"url".*\n/);
    return started;
  }
}

async function killed(process: CliProcess | null | undefined): Promise<void> {
  process?.child.kill('SIGKILL');
  await process?.ended;
}
