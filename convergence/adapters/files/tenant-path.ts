import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

/** The folder of a tenant's configs and data files. */
export function tenantFolder(configDir: string, scope: TenantScope): string {
  return resolve(configDir, scope.tenantId);
}

/**
 * The real, absolute path of something in the folder of a tenant, links followed. It need not exist:
 * then it lies below the nearest folder that does. Secrets are outside too, or a file source could
 * load them into a table.
 * @throws path_outside
 */
export async function resolveTenantPath(
  configDir: string,
  scope: TenantScope,
  relativePath: string,
): Promise<string> {
  const folder = tenantFolder(configDir, scope);
  const asked = resolve(folder, relativePath);
  if (relativePath.includes('\0') || !isWithin(folder, asked)) throw outside(relativePath);
  const realFolder = await realpathOfNearest(folder);
  const real = await realpathOfNearest(asked).catch((cause: unknown) => {
    throw outside(relativePath, cause);
  });
  if (!isWithin(realFolder, real)) throw outside(relativePath);
  if (isWithin(join(realFolder, 'secrets').toLowerCase(), real.toLowerCase())) {
    throw outside(relativePath);
  }
  return real;
}

/** Whether a path is the folder or below it; both absolute, links already followed. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

async function realpathOfNearest(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' || path === dirname(path) || (await isLink(path))) throw error;
    return join(await realpathOfNearest(dirname(path)), basename(path));
  }
}

/** A link whose target is missing could later point anywhere. */
async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
}

function outside(path: string, cause?: unknown): Error {
  return fail('path_outside', `'${path}' is not in the folder of the tenant`, {
    hint: 'Use a relative path such as data/orders.csv, without .. and not in secrets/; no link may lead out.',
    cause,
  });
}
