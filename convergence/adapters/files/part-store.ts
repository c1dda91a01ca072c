import { glob, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { folderPlace, runPlace, takenOver } from '../../engine/flow/extract/parts/part-place.ts';
import type {
  OpenFolder,
  PartFolder,
  PartStore,
} from '../../engine/flow/extract/parts/part-store.ts';
import type { TenantParts } from '../../engine/tenant/offboard/tenant-tables.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

/**
 * Parts on the local disk, in DATA_DIR/parts/<tenant>/<run>/<step>/<resource>/<fence>/. The rename
 * to a newer fence takes the files from under a worker that lost the run and does not know it yet.
 */
export class LocalPartStore implements PartStore, TenantParts {
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = resolve(dataDir, 'parts');
  }

  async openFolder(scope: TenantScope, load: PartFolder): Promise<OpenFolder> {
    const place = this.#placeOf(scope, load);
    const folder = join(place, String(load.fence));
    await mkdir(place, { recursive: true, mode: 0o700 });
    const held = await newestFence(place);
    if (held !== null && held > load.fence) throw takenOver(load);
    if (held !== null && held < load.fence) await rename(join(place, String(held)), folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { path: folder };
  }

  async discardFolder(scope: TenantScope, load: PartFolder): Promise<void> {
    await removeFolder(join(this.#placeOf(scope, load), String(load.fence)));
  }

  async discardRun(scope: TenantScope, runId: string): Promise<void> {
    await removeFolder(join(this.#root, runPlace(scope, runId)));
  }

  /** Sizes of all files of the tenant, in bytes. */
  async measureTenant({ tenantId }: TenantScope): Promise<number> {
    const folder = join(this.#root, tenantId);
    let sizeBytes = 0;
    for await (const path of glob('**', { cwd: folder })) {
      const entry = await stat(join(folder, path));
      if (entry.isFile()) sizeBytes += entry.size;
    }
    return sizeBytes;
  }

  async discardTenant({ tenantId }: TenantScope): Promise<void> {
    await removeFolder(join(this.#root, tenantId));
  }

  async discardStale(before: Date): Promise<void> {
    for await (const run of glob('*/*', { cwd: this.#root })) {
      const folder = join(this.#root, run);
      if ((await newestChange(folder)) < before.getTime()) await removeFolder(folder);
    }
  }

  #placeOf(scope: TenantScope, load: PartFolder): string {
    return join(this.#root, folderPlace(scope, load));
  }
}

async function newestFence(place: string): Promise<bigint | null> {
  const fences = (await readdir(place)).map(BigInt);
  return fences.reduce<bigint | null>((a, b) => (a === null || b > a ? b : a), null);
}

/** When something in a folder was last made or removed; in ms since the epoch. */
async function newestChange(folder: string): Promise<number> {
  let newestMs = (await stat(folder)).mtimeMs;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isDirectory()) continue;
    newestMs = Math.max(newestMs, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  }
  return newestMs;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
