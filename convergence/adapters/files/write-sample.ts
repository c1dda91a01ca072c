import { cp, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { tenantFolder } from './tenant-path.ts';

const SAMPLE = join(import.meta.dirname, 'sample');

/** Gives a tenant without a folder a first pipeline with a little data; never touches a folder. */
export async function writeSample(
  configDir: string,
  scope: TenantScope,
): Promise<'written' | 'was_there'> {
  const folder = tenantFolder(configDir, scope);
  if (await exists(join(folder, 'pipelines'))) return 'was_there';
  const filter = (path: string) => path !== join(SAMPLE, 'pipelines');
  await cp(SAMPLE, folder, { recursive: true, force: false, filter });
  // The pipelines appear last and whole: a crash before leaves the sample to be written again.
  const making = join(folder, '.pipelines');
  await cp(join(SAMPLE, 'pipelines'), making, { recursive: true });
  await rename(making, join(folder, 'pipelines'));
  return 'written';
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
