import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { fail } from '../../../engine/error-codes.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { restoreFolders, settleRestore } from './settle-restore.ts';

/**
 * Writes all of the embedded database of a data folder to a file that only its owner may read.
 * @throws data_folder_locked, backup_invalid when there is no database
 */
export function backUpPglite(dataDir: string, file: string): Promise<void> {
  return whileLocked(dataDir, async () => {
    const folder = join(dataDir, 'control');
    if (!existsSync(folder)) {
      throw fail('backup_invalid', `There is no database in ${dataDir} to back up.`, {
        hint: 'Name the data folder in DATA_DIR, or a server in DATABASE_URL.',
      });
    }
    const pglite = await PGlite.create(folder);
    try {
      const dump = await pglite.dumpDataDir('gzip');
      await writeFile(file, dump.stream(), { mode: 0o600, flag: 'wx' });
    } finally {
      await pglite.close();
    }
  });
}

const unpack = promisify(gunzip);

export interface Restore {
  readonly file: string;
  /** What the database holds is dropped. */
  readonly replace: boolean;
}

/**
 * Makes the embedded database of a data folder from a file of `backUpPglite`. What was there stays
 * until the new one is whole, and `settleRestore` ends what a crash breaks off.
 * @throws data_folder_locked, backup_invalid, database_not_empty
 */
export function restorePglite(dataDir: string, { file, replace }: Restore): Promise<void> {
  return whileLocked(dataDir, async () => {
    const { current, draft, old } = restoreFolders(dataDir);
    if (existsSync(current) && !replace) {
      throw fail('database_not_empty', `There is a database in ${dataDir} already.`, {
        hint: 'Add --replace to drop it, or restore to another DATA_DIR.',
      });
    }
    await load(draft, file);
    if (existsSync(current)) await rename(current, old);
    await rename(draft, current);
    await rm(old, { recursive: true, force: true });
  });
}

async function load(folder: string, file: string): Promise<void> {
  try {
    // PGlite unpacks in a stream whose error ends the process: it gets what is known to be whole.
    const tar = await unpack(await readFile(file));
    const dump = new Blob([Uint8Array.from(tar)], { type: 'application/x-tar' });
    const pglite = await PGlite.create({ dataDir: folder, loadDataDir: dump });
    await pglite.query('SELECT count(*) FROM pg_class');
    await pglite.close();
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw fail('backup_invalid', `${file} is no whole backup of an embedded database.`, {
      hint: 'Nothing was changed. Take another backup, or one that `migrate backup` made.',
      cause,
    });
  }
}

async function whileLocked(dataDir: string, work: () => Promise<void>): Promise<void> {
  const lock = lockDataFolder(dataDir);
  try {
    settleRestore(dataDir);
    await work();
  } finally {
    lock.release();
  }
}
