import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createApiClient } from '../../convergence/cli/client/api-client.ts';
import { CliProcess } from '../../convergence/cli/cli-process.fake.ts';
import { openTestDatabase } from '../../convergence/testing/postgres.ts';
import { preparePeerPython } from '../peers/peer-python.ts';
import { isQuick, recordSection } from '../measure/record.ts';
import type { LoadOrder, LoadResult } from './load.ts';

const ADMIN_KEY = 'the admin key of this benchmark, long enough';
const PEPPER = 'the pepper of this benchmark, long enough';
const TENANT = 'my_shop';
const PATH = '/api/v1/tenants/me';
const CONNECTIONS = 50;
const rounds = isQuick ? 1 : 5;
const seconds = isQuick ? 2 : 8;

const here = (file: string) => join(import.meta.dirname, file);

/** Somebody else's place may be taken between this and the start; then the start fails. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(origin: string, headers: Record<string, string>): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  for (;;) {
    const answer = await fetch(origin + PATH, { headers, signal: deadline }).catch(() => null);
    if (answer?.status === 200) return;
    deadline.throwIfAborted();
    await wait(100);
  }
}

/** The client is a process of its own, so that it does not share the server's thread. */
async function measure(order: Omit<LoadOrder, 'path' | 'seconds' | 'connections'>) {
  const whole: LoadOrder = { ...order, path: PATH, seconds, connections: CONNECTIONS };
  const args = [here('load.ts'), JSON.stringify(whole)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const result = JSON.parse(stdout) as LoadResult;
  if (result.failed > 0) throw new Error(`${order.origin} failed ${result.failed} requests`);
  return result;
}

/** asyncpg reads the folder of a socket only where no host is named besides. */
function withSocket(databaseUrl: string): string {
  return databaseUrl.replace('@localhost/', '@/');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function startFastapi(databaseUrl: string, key: string): Promise<[ChildProcess, string]> {
  const python = await preparePeerPython();
  const port = await freePort();
  const child = spawn(python, [here('../peers/fastapi_me.py'), String(port)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: withSocket(databaseUrl),
      PEPPER,
      KEY_HASH: createHmac('sha256', PEPPER).update(key).digest('hex'),
      TENANT_ID: TENANT,
    },
  });
  return [child, `http://127.0.0.1:${port}`];
}

async function compare(folder: string, databaseUrl: string): Promise<Map<string, LoadResult[]>> {
  const env = {
    DATABASE_URL: databaseUrl,
    ADMIN_API_KEY: ADMIN_KEY,
    API_KEY_PEPPER: PEPPER,
    API_PORT: '0',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_KEY: '0',
  };
  const api = new CliProcess(['api', '--json'], { folder, env });
  let peer: ChildProcess | undefined;
  try {
    await api.sees(/"url":"[^"]+"/);
    const url = /"url":"([^"]+)"/.exec(api.seen())?.[1] ?? '';
    const client = createApiClient({ url, adminKey: ADMIN_KEY, tenantId: TENANT });
    const { api_key: key } = await client.onboardTenant({ tenant_id: TENANT });
    const [child, origin] = await startFastapi(databaseUrl, key ?? '');
    peer = child;
    const headers = { 'x-api-key': key ?? '' };
    const contenders = new Map([
      ['Convergence', url],
      ['FastAPI, uvicorn', origin],
    ]);
    for (const each of contenders.values()) await answers(each, headers);
    const results = new Map([...contenders.keys()].map((name) => [name, [] as LoadResult[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, at] of contenders) {
        results.get(name)?.push(await measure({ origin: at, headers }));
      }
    }
    return results;
  } finally {
    api.child.kill('SIGTERM');
    peer?.kill('SIGKILL');
    await api.ended;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'bench-api-'));
const database = await openTestDatabase();
try {
  const results = await compare(folder, database.url);
  const rows = [...results].map(([contender, runs]) => ({
    contender,
    'requests/s': median(runs.map((run) => run.requests / run.seconds)),
    'median ms': median(runs.map(({ p50Ms }) => p50Ms)),
    'p99 ms': median(runs.map(({ p99Ms }) => p99Ms)),
  }));
  const [ours, peers] = rows;
  await recordSection({
    title: 'API beside FastAPI',
    setup: `\`GET ${PATH}\` of one process each over one PostgreSQL: the key is checked (HMAC-SHA-256), the tenant's row is read, the answer is validated and written. ${CONNECTIONS} connections that ask without pause from a process of their own, ${seconds} s a round, ${rounds} rounds in turns; medians.`,
    rows,
    targets: [
      {
        claim: 'Requests a second beside FastAPI with uvicorn',
        measured: (ours?.['requests/s'] ?? 0) / (peers?.['requests/s'] ?? NaN),
        bound: { atLeast: 2 },
      },
    ],
    notes: [
      'FastAPI has uvloop and httptools (`uvicorn[standard]`), asyncpg with ten connections, and the key in memory. Ours goes its whole way, with metrics, headers and a check of its own answer; no rate limit is set.',
    ],
  });
} finally {
  await database.drop();
  await rm(folder, { recursive: true });
}
