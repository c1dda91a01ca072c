import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface FolderLock {
  release(): void;
}

/** SQLite's SQLITE_BUSY. */
const BUSY = 5;

/**
 * Takes the state folder for this process, or returns undefined when another process has it.
 *
 * The lock is the operating system's (fcntl), taken through SQLite because Node brings no other: it
 * ends with the process however that ends. Nothing in this process may open the file itself: POSIX
 * drops a process's locks on a file when any of its descriptors is closed.
 */
export function lockFolder(folder: string): FolderLock | undefined {
  const database = new DatabaseSync(join(folder, 'data-plane.lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === BUSY) return undefined;
    throw error;
  }
}
