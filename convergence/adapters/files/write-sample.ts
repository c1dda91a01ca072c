import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
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
  // The folders first: two that copy at once would both want to make them.
  for (const name of await readdir(SAMPLE)) {
    if (name !== 'pipelines') await mkdir(join(folder, name), { recursive: true });
  }
  const filter = (path: string) => path !== join(SAMPLE, 'pipelines');
  await cp(SAMPLE, folder, { recursive: true, force: false, filter });
  return await movePipelines(folder);
}

/** They appear last and whole: a crash before leaves the sample to be written again. */
async function movePipelines(folder: string): Promise<'written' | 'was_there'> {
  const making = join(folder, `.pipelines-${randomUUID()}`);
  await cp(join(SAMPLE, 'pipelines'), making, { recursive: true });
  try {
    await rename(making, join(folder, 'pipelines'));
    return 'written';
  } catch (error) {
    await rm(making, { recursive: true });
    const { code = '' } = error as NodeJS.ErrnoException;
    if (/^(?:ENOTEMPTY|EEXIST|EPERM)$/.test(code) && (await exists(join(folder, 'pipelines')))) {
      return 'was_there';
    }
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
