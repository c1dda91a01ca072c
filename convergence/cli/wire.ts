import type { Env } from './invocation.ts';

/** What the command line runs on besides the API; each loaded by the commands that need it. */

export async function readSettings(env: Env) {
  const settings = await import('../server/settings/settings.ts');
  return settings.readSettings(env);
}

export async function readFeatures(settings: Settings) {
  const { featuresOf } = await import('../server/settings/features.ts');
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

/** Whether the migrations of this version fit the database. */
export async function validateDatabase(settings: Settings) {
  const [{ openScratch }, { validateMigrations }, { readMigrations }] = await Promise.all([
    import('../adapters/postgres/embedded/open-scratch.ts'),
    import('../db/validate-migrations.ts'),
    import('../db/read-migrations.ts'),
  ]);
  const scratch = await openScratch();
  try {
    return await withControlDatabase(settings, ({ database }) =>
      validateMigrations({ database, scratch, migrations: readMigrations() }),
    );
  } finally {
    await scratch.close();
  }
}

interface Backups {
  readonly backUp: (file: string) => Promise<void>;
  readonly restore: (from: { readonly file: string; readonly replace: boolean }) => Promise<void>;
}

/** Backups of the control database, served or embedded. */
export async function openBackups(settings: Settings): Promise<Backups> {
  const { DATABASE_URL: url, DATA_DIR } = settings;
  if (!url) {
    const embedded = await import('../adapters/postgres/embedded/backup-pglite.ts');
    return {
      backUp: (file) => embedded.backUpPglite(DATA_DIR, file),
      restore: (from) => embedded.restorePglite(DATA_DIR, from),
    };
  }
  const served = await import('../adapters/postgres/served/backup-postgres.ts');
  return {
    backUp: (file) => served.backUpPostgres(url, file),
    async restore({ file, replace }) {
      if (!replace) await requireEmpty(settings);
      await served.restorePostgres(url, file);
    },
  };
}

async function requireEmpty(settings: Settings): Promise<void> {
  const { readTables } = await import('../adapters/postgres/control-load.ts');
  const tables = await withControlDatabase(settings, ({ database }) => readTables(database));
  if (tables.length === 0) return;
  const { fail } = await import('../engine/error-codes.ts');
  throw fail('database_not_empty', `The database has ${tables.length} control tables already.`, {
    hint: 'Add --replace to drop them, or restore to another DATABASE_URL.',
  });
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
      const config = loadTenantConfig(files, await secrets.listSecrets(scope));
      return { files, config, problems: config.problems };
    },
  };
}

/** Judges the SQL of transforms without a warehouse. @throws program_missing */
export async function openSqlJudge() {
  const offline = await import('../adapters/bigquery/offline/open-sql-judge.ts');
  return offline.openSqlJudge();
}

/** The file of master keys; `path` is undefined for a platform that is to have none. */
export async function openKeyFile(settings: Settings) {
  const [{ keyFilePath }, file] = await Promise.all([
    import('../server/secrets/kms/key-file-path.ts'),
    import('../adapters/kms/key-file.ts'),
  ]);
  return { path: keyFilePath(settings), ...file };
}

/** The key at Google that GCP_KMS_KEY_NAME names. Close it. @throws google_denied, kms_invalid */
export async function openGoogleKey(keyName: string, settings: Settings) {
  const [{ googleOptions }, client, key, { GoogleKms }] = await Promise.all([
    import('../server/settings/google-options.ts'),
    import('../adapters/google/google-key-client.ts'),
    import('../adapters/google/google-key.ts'),
    import('../adapters/google/google-kms.ts'),
  ]);
  const { grpc } = await googleOptions(settings);
  const opened = await client.openKeyClient(grpc);
  return {
    create: () => key.createGoogleKey(keyName, { client: opened, now: new Date() }),
    rotate: () => key.rotateGoogleKey(keyName, opened),
    async listVersions() {
      const kms = await GoogleKms.open(keyName, grpc);
      try {
        return await kms.listVersions();
      } finally {
        await kms.close();
      }
    },
    close: () => opened.close(),
  };
}

/** Those that do the same as `openGoogleKey`; nobody is asked. */
export async function gcloudCommands(keyName: string, done: 'created' | 'rotated') {
  const key = await import('../adapters/google/google-key.ts');
  return key.gcloudCommands(keyName, done, new Date());
}
