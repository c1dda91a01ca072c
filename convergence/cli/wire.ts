import type { Env } from './invocation.ts';

/** What the command line runs on besides the API; each loaded by the commands that need it. */

export async function readSettings(env: Env) {
  const settings = await import('../server/settings.ts');
  return settings.readSettings(env);
}

export async function readFeatures(settings: Settings) {
  const { featuresOf } = await import('../server/features.ts');
  return featuresOf(settings);
}

export type Settings = Awaited<ReturnType<typeof readSettings>>;

export function loadServer() {
  return import('../server/start-platform.ts');
}

type Server = Awaited<ReturnType<typeof loadServer>>;
export type PlatformOptions = Parameters<Server['startPlatform']>[0];
export type Platform = Awaited<ReturnType<Server['startPlatform']>>;

export async function withControlDatabase<T>(
  settings: Settings,
  use: (db: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>,
): Promise<T> {
  const opened = await openDatabase(settings);
  try {
    return await use(opened);
  } finally {
    await opened.database.close();
  }
}

async function openDatabase({ DATABASE_URL, DATA_DIR }: Settings) {
  const { openControlDatabase } = await import('../adapters/postgres/open-control-database.ts');
  const migrations = await import('../db/migrate.ts');
  const database = await openControlDatabase({
    ...(DATABASE_URL && { databaseUrl: DATABASE_URL }),
    dataDir: DATA_DIR,
    maxConnections: 1,
  });
  return { database, migrations };
}

/**
 * The platform of another process on the data folder, with the key that opens it. Loads little: the
 * platform itself would cost every command 0.4 s.
 */
export async function findRunning(
  dataDir: string,
): Promise<{ url: string; adminKey: string } | null> {
  const holder = await readDataFolderHolder(dataDir);
  if (!holder?.url) return null;
  const { ADMIN_KEY, localKey } = await import('../server/secrets/local-key.ts');
  return { url: holder.url, adminKey: localKey(dataDir, ADMIN_KEY) };
}

export async function readDataFolderHolder(dataDir: string) {
  const { readLock } = await import('../adapters/postgres/embedded/data-folder-lock.ts');
  return readLock(dataDir);
}

/** The folders of tenants, as they are checked without a platform. */
export async function openConfigs(configDir: string) {
  const [{ ConfigFolder }, { SecretFolder }, { loadTenantConfig }, { tenantScope }] =
    await Promise.all([
      import('../adapters/files/config-folder.ts'),
      import('../adapters/secrets/secret-folder.ts'),
      import('../engine/pipeline/load-tenant-config.ts'),
      import('../engine/tenant/tenant-scope.ts'),
    ]);
  const configs = new ConfigFolder(configDir);
  const secrets = new SecretFolder(configDir);
  return {
    async checkFolder(tenantId: string) {
      const scope = tenantScope(tenantId);
      const files = await configs.readConfig(scope);
      const { problems } = loadTenantConfig(files, await secrets.listSecrets(scope));
      return { files, problems };
    },
  };
}

/** The file of master keys; `path` is undefined for a platform that is to have none. */
export async function openKeyFile(settings: Settings) {
  const [{ keyFilePath }, file] = await Promise.all([
    import('../server/secrets/key-file-path.ts'),
    import('../adapters/kms/key-file.ts'),
  ]);
  return { path: keyFilePath(settings), ...file };
}
