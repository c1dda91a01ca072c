import { AppError } from 'base/error.ts';
import type { ObjectStore } from '../../../engine/flow/extract/object/object-store.ts';
import { folderPlace, runPlace, takenOver } from '../../../engine/flow/extract/parts/part-place.ts';
import type {
  OpenFolder,
  PartFolder,
  PartStore,
} from '../../../engine/flow/extract/parts/part-store.ts';
import type { TenantParts } from '../../../engine/tenant/offboard/tenant-tables.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { BucketFolder } from './bucket-folder.ts';
import type { BucketPlace, FoundRecord } from './bucket-folder.ts';
import { findNewest, restoreFolder } from './restore-folder.ts';
import { NOTHING } from './save-record.ts';

export interface BucketParts {
  readonly local: PartStore & TenantParts;
  readonly store: ObjectStore;
  /** `gs://bucket/prefix` or `s3://bucket/prefix`, for all tenants. */
  readonly location: string;
}

/** Removals at once. */
const PARALLEL = 16;

/**
 * Parts on the local disk with a copy in a bucket that outlives it, in
 * <location>/<tenant>/<run>/<step>/<resource>/. What was saved there last counts: whatever else is
 * on a disk is what its machine did not get to save, or what another one went on from long ago.
 */
export class BucketPartStore implements PartStore, TenantParts {
  readonly #local: BucketParts['local'];
  readonly #store: ObjectStore;
  readonly #root: string;

  constructor({ local, store, location }: BucketParts) {
    this.#local = local;
    this.#store = store;
    this.#root = `${location.replace(/\/+$/, '')}/`;
  }

  async openFolder(scope: TenantScope, load: PartFolder): Promise<OpenFolder> {
    const place = await this.#openLocal(scope, load);
    const { folder, found } = await takeFolder(place);
    if (found) await restoreOrForget(place, found, folder);
    return { path: place.path, save: (saved) => folder.save(saved) };
  }

  async discardFolder(scope: TenantScope, load: PartFolder): Promise<void> {
    try {
      const place = await this.#openLocal(scope, load);
      if (await findNewest(place)) await (await takeFolder(place)).folder.forget();
      await this.#removeAll(`${place.uri}parts/`);
    } catch (error) {
      // Then it is not ours to discard.
      if (!hasCode(error, ['lease_lost', 'object_exists'])) throw error;
    }
    await this.#local.discardFolder(scope, load);
  }

  async discardRun(scope: TenantScope, runId: string): Promise<void> {
    await this.#removeAll(`${this.#root}${runPlace(scope, runId)}/`);
    await this.#local.discardRun(scope, runId);
  }

  /** Sizes of what is in the bucket and on this machine, in bytes. */
  async measureTenant(scope: TenantScope): Promise<number> {
    let sizeBytes = await this.#local.measureTenant(scope);
    for await (const found of this.#store.list(`${this.#root}${scope.tenantId}/`)) {
      sizeBytes += found.sizeBytes;
    }
    return sizeBytes;
  }

  async discardTenant(scope: TenantScope): Promise<void> {
    await this.#removeAll(`${this.#root}${scope.tenantId}/`);
    await this.#local.discardTenant(scope);
  }

  async discardStale(before: Date): Promise<void> {
    await this.#local.discardStale(before);
    const newest = new Map<string, Date>();
    for await (const { uri, modifiedAt } of this.#store.list(this.#root)) {
      const [tenant, run] = uri.slice(this.#root.length).split('/');
      const last = newest.get(`${tenant}/${run}`);
      if (!last || modifiedAt > last) newest.set(`${tenant}/${run}`, modifiedAt);
    }
    for (const [run, modifiedAt] of newest) {
      if (modifiedAt < before) await this.#removeAll(`${this.#root}${run}/`);
    }
  }

  async #openLocal(scope: TenantScope, load: PartFolder): Promise<BucketPlace> {
    const { path } = await this.#local.openFolder(scope, load);
    const uri = `${this.#root}${folderPlace(scope, load)}/`;
    return { store: this.#store, uri, load, path };
  }

  async #removeAll(prefix: string): Promise<void> {
    const batch: Promise<void>[] = [];
    for await (const { uri } of this.#store.list(prefix)) {
      batch.push(this.#store.remove(uri));
      if (batch.length === PARALLEL) await Promise.all(batch.splice(0));
    }
    await Promise.all(batch);
  }
}

interface Taken {
  readonly folder: BucketFolder;
  /** What it held before; null: nothing. */
  readonly found: FoundRecord | null;
}

/** @throws lease_lost when a newer fence has it */
async function takeFolder(place: BucketPlace): Promise<Taken> {
  for (;;) {
    try {
      const found = await findNewest(place);
      if (found && BigInt(found.record.fence) > place.load.fence) throw takenOver(place.load);
      return { folder: await BucketFolder.claim(place, found), found };
    } catch (error) {
      // Whoever had it saved once more meanwhile; that is the newest now.
      if (!hasCode(error, ['object_exists', 'object_changed'])) throw error;
    }
  }
}

/** Nobody removes what the claimed save names; when it is gone or damaged, the load begins anew. */
async function restoreOrForget(
  place: BucketPlace,
  { record }: FoundRecord,
  folder: BucketFolder,
): Promise<void> {
  try {
    await restoreFolder(place, record);
  } catch (error) {
    if (!hasCode(error, ['object_changed', 'object_damaged'])) throw error;
    await folder.forget();
    await restoreFolder(place, NOTHING);
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof AppError && codes.includes(error.code);
}
