import { readdir } from 'node:fs/promises';

/** Names of the folders that may be those of tenants. @throws when the folder cannot be read */
export async function listTenantFolders(configDir: string): Promise<string[]> {
  const entries = await readdir(configDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
}
