import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail } from '../../../engine/error-codes.ts';

/** Who holds a data folder. */
export interface LockHolder {
  readonly pid: number;
  readonly startedAt: Date;
  /** Where its API answers, once it does. */
  readonly url?: string;
}

export interface DataFolderLock {
  release(): void;
}

/** SQLite's SQLITE_BUSY. */
const BUSY = 5;

/**
 * What this process holds, by folder. A pid in a file does not say that: in containers all are 1.
 * The database is kept here because its lock ends when it is collected as garbage.
 */
const held = new Map<string, { holder: LockHolder; database: DatabaseSync }>();

/**
 * Locks a data folder for this process, because two PGlites on one folder destroy it silently.
 *
 * The lock is the operating system's on `<dataDir>/lock`, taken through SQLite, the only one that
 * Node brings (fcntl; LockFileEx on Windows): it ends with the process however that ends, so no pid
 * has to be guessed alive, and it holds between containers of one machine. Nothing in this process
 * may open that file: POSIX drops all its locks on a file when any descriptor of it is closed.
 * @throws data_folder_locked
 */
export function lockDataFolder(dataDir: string): DataFolderLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = tryLock(dataDir);
  if (!database) throw lockedError(dataDir);
  const holder = { pid: process.pid, startedAt: new Date() };
  held.set(resolve(dataDir), { holder, database });
  writeHolder(dataDir, holder);
  return {
    release: () => {
      held.delete(resolve(dataDir));
      rmSync(holderFile(dataDir), { force: true });
      database.close();
    },
  };
}

/** Who holds the folder now; undefined when nobody does, whatever a dead process left behind. */
export function readLock(dataDir: string): LockHolder | undefined {
  const own = held.get(resolve(dataDir));
  if (own) return own.holder;
  const holder = readHolder(dataDir);
  if (!holder) return undefined;
  const database = tryLock(dataDir);
  database?.close();
  return database ? undefined : holder;
}

/** Adds the address of the API to the lock that this process holds. */
export function updateLock(dataDir: string, change: { url: string }): void {
  const own = held.get(resolve(dataDir));
  if (!own) return;
  const holder = { ...own.holder, ...change };
  held.set(resolve(dataDir), { ...own, holder });
  writeHolder(dataDir, holder);
}

function tryLock(dataDir: string): DatabaseSync | undefined {
  // Whoever only looks (`readLock`) holds it for a millisecond: wait that long.
  const database = new DatabaseSync(join(dataDir, 'lock'), { timeout: 200 });
  try {
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === BUSY) return undefined;
    throw error;
  }
}

function lockedError(dataDir: string): Error {
  const holder = readHolder(dataDir);
  const who = holder
    ? `process ${holder.pid} since ${holder.startedAt.toISOString()}`
    : 'another process';
  const url = holder?.url;
  return fail('data_folder_locked', `The data folder is in use by ${who}.`, {
    hint: url
      ? `Send the command to ${url}, or stop that process first.`
      : 'Stop that process, give this one another DATA_DIR, or set DATABASE_URL to share a server.',
    details: holder ? { ...holder, startedAt: holder.startedAt.toISOString() } : {},
  });
}

function holderFile(dataDir: string): string {
  return join(dataDir, 'lock.json');
}

/** Renamed into place, so that a reader never sees half of it. */
function writeHolder(dataDir: string, holder: LockHolder): void {
  const draft = `${holderFile(dataDir)}.draft`;
  writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(draft, holderFile(dataDir));
}

function readHolder(dataDir: string): LockHolder | undefined {
  try {
    const text = readFileSync(holderFile(dataDir), 'utf8');
    const { startedAt, ...rest } = JSON.parse(text) as LockHolder & { startedAt: string };
    return { ...rest, startedAt: new Date(startedAt) };
  } catch {
    return undefined;
  }
}
