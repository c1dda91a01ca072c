import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { BEGIN_SESSION } from '../control-database.ts';
import type { ControlConnection } from '../control-database.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { settleRestore } from './settle-restore.ts';

/** Role that owns the tables: row-level security does not bind the superuser that PGlite starts as. */
const BECOME_OWNER = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'convergence') THEN
    CREATE ROLE convergence;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO convergence', current_database());
  END IF;
END $$;
SET ROLE convergence;`;

/**
 * The PostgreSQL in this process over `<dataDir>/control`, which it locks: 3 s the first time, 0.5 s
 * later. It does not wait for the disk: kill -9 loses nothing, a power cut may lose the last writes.
 * @throws data_folder_locked
 */
export async function openPglite(dataDir: string): Promise<ControlConnection> {
  const lock = lockDataFolder(dataDir);
  try {
    settleRestore(dataDir);
    const folder = join(dataDir, 'control');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const pglite = await PGlite.create(folder);
    await prepareSession(pglite);
    const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite }) });
    return {
      db,
      listen: (channel, onNotice) => pglite.listen(channel, onNotice),
      close: async () => {
        await pglite.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** PGlite has one session, and it begins as a superuser. */
export async function prepareSession(pglite: PGlite): Promise<void> {
  await pglite.exec(`${BECOME_OWNER} ${BEGIN_SESSION}`);
}
