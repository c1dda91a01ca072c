import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunQueue } from '../../engine/run/run-queue.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import { readSettings } from '../settings/settings.ts';
import { wirePlatform } from '../wire.ts';
import { openLog } from '../telemetry/open-log.ts';
import type { Api } from './api.ts';
import type { ApiDeps } from './api-deps.ts';
import { buildApp } from './app.ts';

export const ADMIN_KEY = 'the-admin-key-of-the-tests-0123456789';

interface Call {
  readonly key?: string;
  readonly adminKey?: string;
  readonly headers?: Record<string, string>;
  /** Text is sent as it is. */
  readonly body?: object | string;
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface TestApi {
  readonly app: Api;
  readonly deps: ApiDeps;
  readonly queue: RunQueue;
  readonly logLines: readonly string[];
  /** `call('GET /path')` */
  call(route: string, call?: Call): Promise<Reply>;
  admin(route: string, body?: object): Promise<Reply>;
  /** Makes a tenant; its key. */
  onboard(tenantId: string): Promise<string>;
  /** Writes a file of a tenant, by its path below the folder of configs. */
  writeConfig(path: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The app as it is wired, in a folder of its own: on the PostgreSQL that `npm test` has started,
 * else embedded, which takes three seconds, so open it once a file.
 */
export async function openTestApi(env: Record<string, string> = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'convergence-api-'));
  const served = process.env.TEST_POSTGRES_URL ? await openTestDatabase() : undefined;
  const configDir = join(folder, 'configs');
  const settings = readSettings({
    ADMIN_API_KEY: ADMIN_KEY,
    CONFIG_DIR: configDir,
    DATA_DIR: folder,
    DATABASE_URL: served?.url,
    ...env,
  });
  const logLines: string[] = [];
  const destination = { write: (line: string) => void logLines.push(line) };
  const log = openLog(settings, destination);
  const wiring = await wirePlatform({ settings, log });
  const app = await buildApp(wiring.api);
  return {
    ...actions(app, configDir),
    app,
    deps: wiring.api,
    queue: wiring.run.queue,
    logLines,
    close: async () => {
      await app.close();
      await wiring.close();
      await served?.drop();
      await rm(folder, { recursive: true });
    },
  };
}

type Actions = Pick<TestApi, 'call' | 'admin' | 'onboard' | 'writeConfig'>;

function actions(app: Api, configDir: string): Actions {
  const call = createCall(app);
  const admin = (route: string, body?: object) => call(route, { adminKey: ADMIN_KEY, body });
  return {
    call,
    admin,
    onboard: async (tenantId) => {
      const wanted = { tenant_id: tenantId, sample_pipeline: false };
      const { body } = await admin('POST /api/v1/tenants/onboard', wanted);
      return String(body.api_key);
    },
    writeConfig: async (path, text) => {
      const file = join(configDir, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: 0o600 });
    },
  };
}

function createCall(app: Api): TestApi['call'] {
  return async (route, { key, adminKey, headers, body } = {}) => {
    const [method, url = ''] = route.split(' ');
    const reply = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(key && { 'x-api-key': key }),
        ...(adminKey && { 'x-admin-key': adminKey }),
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        ...headers,
      },
      payload: body,
    });
    const { statusCode: status, body: text } = reply;
    const isJson = String(reply.headers['content-type']).includes('json');
    const parsed = isJson && text ? (JSON.parse(text) as Reply['body']) : {};
    return { status, body: parsed, headers: reply.headers, text };
  };
}
