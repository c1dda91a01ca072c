import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { ObjectStore } from '../../engine/flow/extract/object/object-store.ts';
import type { ExportStore, TenantExport } from '../../engine/tenant/offboard/export-store.ts';
import type {
  ExportedFile,
  Manifest,
  OffboardReport,
} from '../../engine/tenant/offboard/offboard-report.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { JsonObjects } from './json-objects.ts';

export interface ObjectExportOptions {
  readonly store: ObjectStore;
  /** `gs://bucket/path` or `s3://bucket/path`, without a slash behind it. */
  readonly location: string;
  /** Where files are made before they are sent; they are removed once all is there. */
  readonly local: ExportStore;
  /** For what is only passed on. */
  readonly workFolder: string;
}

const OWNER = 'tenant.json';
const MANIFEST = 'export.json';
const REPORT = 'report.json';

/** Exports as objects below `<location>/<folder>/`, with the names that they have on a disk. */
export class ObjectExportStore implements ExportStore {
  readonly location: string;
  readonly #options: ObjectExportOptions;

  constructor(options: ObjectExportOptions) {
    this.#options = options;
    this.location = options.location;
  }

  readReport(folder: string): Promise<OffboardReport | null> {
    return this.#objectsOf(folder).read(REPORT);
  }

  async openExport(scope: TenantScope, folder: string): Promise<TenantExport> {
    const objects = this.#objectsOf(folder);
    await claim(objects, scope, folder);
    const local = await this.#options.local.openExport(scope, folder);
    return new ObjectExport(objects, local);
  }

  #objectsOf(folder: string): JsonObjects {
    const { store, workFolder } = this.#options;
    return new JsonObjects({ store, place: `${this.location}/${folder}/`, workFolder });
  }
}

/** The first one to say whose folder it is has it. */
async function claim(
  objects: JsonObjects,
  { tenantId }: TenantScope,
  folder: string,
): Promise<void> {
  const isFree = (await objects.read(OWNER)) !== null || (await objects.isEmpty());
  const owner = isFree ? await objects.writeFirst(OWNER, { tenantId }) : null;
  if (owner?.tenantId === tenantId) return;
  throw fail('export_exists', `The folder '${folder}' holds something else already.`, {
    hint: 'Name another folder, or move that one away.',
  });
}

class ObjectExport implements TenantExport {
  readonly tablesFolder: string;
  readonly #objects: JsonObjects;
  readonly #local: TenantExport;

  constructor(objects: JsonObjects, local: TenantExport) {
    this.#objects = objects;
    this.#local = local;
    this.tablesFolder = local.tablesFolder;
  }

  readManifest(): Promise<Manifest | null> {
    return this.#objects.read(MANIFEST);
  }

  /** Not before the tables are there: after it they may be removed from the warehouse. */
  async writeManifest(manifest: Manifest): Promise<Manifest> {
    for (const { file } of manifest.tables) await this.#send(file);
    return this.#objects.writeFirst(MANIFEST, manifest);
  }

  async writeRecords(kind: string, pages: AsyncIterable<readonly object[]>): Promise<ExportedFile> {
    const written = await this.#local.writeRecords(kind, pages);
    await this.#send(written.file);
    return written;
  }

  async writeReport(report: OffboardReport): Promise<void> {
    await this.#objects.write(REPORT, report);
    await rm(dirname(this.tablesFolder), { recursive: true, force: true });
  }

  async #send(file: string | null): Promise<void> {
    if (file !== null) await this.#objects.send(file, join(dirname(this.tablesFolder), file));
  }
}
