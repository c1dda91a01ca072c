import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { createLog } from 'base/log.ts';
import { createDuckdbWarehouse } from '../../../adapters/duckdb/warehouse.ts';
import { ConfigFolder } from '../../../adapters/files/config-folder.ts';
import type { ControlDatabase } from '../../../adapters/postgres/control-database.ts';
import { readControlLoad, readTables } from '../../../adapters/postgres/control-load.ts';
import { PostgresRunStore } from '../../../adapters/postgres/run/run-store.ts';
import { PostgresKeyStore } from '../../../adapters/postgres/tenant/key-store.ts';
import { PostgresTenantStore } from '../../../adapters/postgres/tenant/tenant-store.ts';
import { SecretFolder } from '../../../adapters/secrets/secret-folder.ts';
import { downgradeDatabase, upgradeDatabase } from '../../../db/migrate.ts';
import { openControlDatabase } from '../../../db/open-control-database.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { readSettings } from '../../settings.ts';
import type { Api } from '../api.ts';
import type { ApiDeps, ControlPlane } from '../api-deps.ts';
import { buildApp } from '../app.ts';

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
  readonly database: ControlDatabase;
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

export interface TestApiOptions {
  readonly env?: Record<string, string>;
  readonly deps?: Partial<ApiDeps>;
}

/**
 * The app over real stores in a folder of its own: on the PostgreSQL that `npm test` has started,
 * else embedded, which takes three seconds, so open it once a file.
 */
export async function openTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'convergence-api-'));
  const configDir = join(folder, 'configs');
  const served = process.env.TEST_POSTGRES_URL ? await openTestDatabase() : undefined;
  const database = await openControlDatabase({ dataDir: folder, databaseUrl: served?.url });
  await upgradeDatabase(database);
  const logLines: string[] = [];
  const settings = readSettings({
    ADMIN_API_KEY: ADMIN_KEY,
    CONFIG_DIR: configDir,
    DATA_DIR: folder,
    ...options.env,
  });
  const destination = { write: (line: string) => void logLines.push(line) };
  const clock = systemClock;
  const nextId = createUuidV7({ clock });
  const warehouse = createDuckdbWarehouse({ dataDir: folder, clock });
  const deps: ApiDeps = {
    settings,
    clock,
    log: createLog({ level: 'info', clock, destination }),
    nextId,
    tenants: new PostgresTenantStore(database, { clock }),
    keys: new PostgresKeyStore(database, { clock, pepper: 'the pepper of the tests' }),
    runs: new PostgresRunStore(database, { clock, nextId }),
    configs: new ConfigFolder(configDir),
    secrets: new SecretFolder(configDir),
    warehouse,
    sources: {
      checkResource: async () => {},
      previewResource: async () => ({ columns: [], rows: [] }),
    },
    controlPlane: controlPlaneOf(database),
    probes: [],
    ...options.deps,
  };
  const app = await buildApp(deps);
  const call = createCall(app);
  const admin = (route: string, body?: object) => call(route, { adminKey: ADMIN_KEY, body });
  return {
    app,
    deps,
    database,
    logLines,
    call,
    admin,
    onboard: async (tenantId) => {
      const { body } = await admin('POST /api/v1/tenants/onboard', { tenant_id: tenantId });
      return String(body.api_key);
    },
    writeConfig: async (path, text) => {
      const file = join(configDir, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    close: async () => {
      await app.close();
      await warehouse.close();
      await database.close();
      await served?.drop();
      await rm(folder, { recursive: true });
    },
  };
}

function controlPlaneOf(database: ControlDatabase): ControlPlane {
  return {
    bootstrap: async ({ recreate }) => {
      if (recreate) await downgradeDatabase(database, Infinity);
      await upgradeDatabase(database);
      return await readTables(database);
    },
    readLoad: () => readControlLoad(database),
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
