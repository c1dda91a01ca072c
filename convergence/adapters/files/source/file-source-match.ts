import { glob, realpath } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { AppError } from 'base/error.ts';
import type { FoundFile } from '../../../engine/flow/extract/file/file-news.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { inBatches } from './file-source-batches.ts';
import { statFile } from './file-source-stat.ts';
import { resolveTenantPath, tenantFolder } from '../tenant-path.ts';

export interface FileRoots {
  readonly configDir: string;
  /** Folders outside, to which links in the folder of a tenant may lead: the operator's choice. */
  readonly allowedRoots?: readonly string[];
}

export interface MatchedFile extends FoundFile {
  /** Real path, links followed. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Files that match any of the patterns, each once, in order of their paths.
 * @throws path_outside
 */
export async function matchFiles(
  scope: TenantScope,
  { patterns, signal }: { patterns: readonly string[]; signal: AbortSignal },
  roots: FileRoots,
): Promise<MatchedFile[]> {
  const labels = new Set<string>();
  for (const pattern of patterns) {
    for await (const label of expand(scope, pattern, roots)) {
      signal.throwIfAborted();
      labels.add(label.split(sep).join('/'));
    }
  }
  const files = await inBatches([...labels].toSorted(), (label) => describe(scope, label, roots));
  return files.filter((file) => file !== null);
}

/** A path that exists is taken as it is, though it may look like a pattern. */
async function* expand(
  scope: TenantScope,
  pattern: string,
  roots: FileRoots,
): AsyncGenerator<string> {
  const folder = tenantFolder(roots.configDir, scope);
  const path = normalize(pattern);
  // What stands before the first wildcard is refused here, not only what is found behind it.
  const fixed = path.split(/[*?[{(!@+]/)[0] ?? '';
  await resolveAllowed(scope, fixed === path ? path : join(fixed, '.'), roots);
  if (await statFile(join(folder, path))) yield path;
  else yield* glob(path, { cwd: folder, exclude: (found) => isSecret(found) || leaves(found) });
}

/** `[.][.]/x` and `{.,x}{.,y}/x` name the folder above only once they are expanded. */
function leaves(path: string): boolean {
  return isAbsolute(path) || /^\.\.(?:[\\/]|$)/.test(normalize(path));
}

/** A wildcard steps around them; naming them is an error. */
function isSecret(path: string): boolean {
  return /^secrets(?:[\\/]|$)/i.test(path);
}

/** Null for a folder, and for a file that is gone meanwhile. */
async function describe(
  scope: TenantScope,
  label: string,
  roots: FileRoots,
): Promise<MatchedFile | null> {
  const path = await resolveAllowed(scope, label, roots);
  const facts = await statFile(path);
  return facts && { label, path, ...facts };
}

async function resolveAllowed(
  scope: TenantScope,
  label: string,
  roots: FileRoots,
): Promise<string> {
  try {
    return await resolveTenantPath(roots.configDir, scope, label);
  } catch (error) {
    const path = join(tenantFolder(roots.configDir, scope), label);
    const refused = leaves(label) || isSecret(normalize(label));
    const real = refused ? null : await realpath(path).catch(() => null);
    if (error instanceof AppError && real && (await isInside(real, roots))) return real;
    throw error;
  }
}

async function isInside(real: string, { allowedRoots = [] }: FileRoots): Promise<boolean> {
  for (const root of allowedRoots) {
    const way = relative(await realpath(root).catch(() => root), real);
    if (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep)) return true;
  }
  return false;
}
