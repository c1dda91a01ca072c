import { ControlDatabase } from './control-database.ts';
import { openPglite } from './embedded/open-pglite.ts';
import { openPostgres } from './served/open-postgres.ts';

export interface ControlDatabaseOptions {
  /** `postgres://…`; without it the database is embedded, in `dataDir`. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** Of the pool to a server; 10 unless told. */
  readonly maxConnections?: number;
}

/**
 * Opens the control database, embedded or served. It may still need `upgradeDatabase`.
 * @throws data_folder_locked when embedded and another process has it open
 */
export async function openControlDatabase(
  options: ControlDatabaseOptions,
): Promise<ControlDatabase> {
  const { databaseUrl: url, dataDir, maxConnections } = options;
  return new ControlDatabase(
    url ? openPostgres({ url, maxConnections }) : await openPglite(dataDir),
  );
}
