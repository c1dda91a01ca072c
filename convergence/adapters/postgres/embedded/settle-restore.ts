import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What a restore works with: the database, the new one until it is whole, the one it replaces. */
export function restoreFolders(dataDir: string) {
  const at = (name: string) => join(dataDir, name);
  return { current: at('control'), draft: at('control.draft'), old: at('control.old') };
}

/**
 * Ends a restore whose process died: once the old database was put aside the new one is whole and
 * takes its place, before that the old one stays. The data folder must be locked.
 */
export function settleRestore(dataDir: string): void {
  const { current, draft, old } = restoreFolders(dataDir);
  if (!existsSync(current) && existsSync(old)) {
    renameSync(existsSync(draft) ? draft : old, current);
  }
  for (const folder of [draft, old]) rmSync(folder, { recursive: true, force: true });
}
