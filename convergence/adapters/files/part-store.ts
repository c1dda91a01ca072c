import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PartFolder, PartStore } from '../../engine/flow/part-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

/** Parts on the local disk, in DATA_DIR/parts/<tenant>/<run>/<step>/<resource>/. */
export class LocalPartStore implements PartStore {
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = resolve(dataDir, 'parts');
  }

  async openFolder(scope: TenantScope, load: PartFolder): Promise<string> {
    const folder = this.#folderOf(scope, load);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async discardFolder(scope: TenantScope, load: PartFolder): Promise<void> {
    await removeFolder(this.#folderOf(scope, load));
  }

  async discardRun(scope: TenantScope, runId: string): Promise<void> {
    await removeFolder(join(this.#root, scope.tenantId, safeName(runId)));
  }

  #folderOf(scope: TenantScope, { runId, step, resource }: PartFolder): string {
    return join(this.#root, scope.tenantId, ...[runId, step, resource].map(safeName));
  }
}

/** Other names get a hash: they may be no file names, or the same one where case does not count. */
function safeName(name: string): string {
  if (/^[a-z0-9_-]{1,80}$/.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, 60);
  return `${readable}.${hash}`;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
