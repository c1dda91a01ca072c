import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { ExportStore, TenantExport } from '../../engine/tenant/offboard/export-store.ts';
import type {
  ExportedFile,
  Manifest,
  OffboardReport,
} from '../../engine/tenant/offboard/offboard-report.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

const OWNER = 'tenant.json';
const MANIFEST = 'export.json';
const REPORT = 'report.json';

/** Exports in DATA_DIR/exports/<folder>/: tables/, records/, and the report when all is done. */
export class LocalExportStore implements ExportStore {
  readonly location = 'exports';
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = resolve(dataDir, 'exports');
  }

  readReport(folder: string): Promise<OffboardReport | null> {
    return readJson(join(this.#root, folder, REPORT));
  }

  async openExport({ tenantId }: TenantScope, folder: string): Promise<TenantExport> {
    const path = join(this.#root, folder);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const owner = await readJson<{ tenantId: string }>(join(path, OWNER));
    const isFree = owner
      ? owner.tenantId === tenantId
      : (await readdir(path)).every((name) => name.startsWith(`${OWNER}.`));
    if (!isFree) {
      throw fail('export_exists', `The folder '${folder}' holds something else already.`, {
        hint: 'Name another folder, or move that one away.',
      });
    }
    await writeWhole(join(path, OWNER), { tenantId });
    for (const part of ['tables', 'records']) {
      await mkdir(join(path, part), { recursive: true, mode: 0o700 });
    }
    return new LocalExport(path);
  }
}

class LocalExport implements TenantExport {
  readonly tablesFolder: string;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.tablesFolder = join(path, 'tables');
  }

  readManifest(): Promise<Manifest | null> {
    return readJson(join(this.#path, MANIFEST));
  }

  async writeManifest(manifest: Manifest): Promise<Manifest> {
    const file = join(this.#path, MANIFEST);
    const making = `${file}.${process.pid}`;
    await writeFile(making, print(manifest), { mode: 0o600 });
    await link(making, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(making);
    return (await this.readManifest()) ?? manifest;
  }

  async writeRecords(kind: string, pages: AsyncIterable<readonly object[]>): Promise<ExportedFile> {
    const file = `records/${kind}.json`;
    const making = join(this.#path, `${file}.${process.pid}`);
    const written = await writeArray(making, pages);
    await rename(making, join(this.#path, file));
    return { name: kind, file, ...written };
  }

  async writeReport(report: OffboardReport): Promise<void> {
    await removeDrafts(this.#path);
    await writeWhole(join(this.#path, REPORT), report);
  }
}

/** What processes were writing when they died: files that end with the id of a process. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (/\.json\.\d+$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

async function writeArray(path: string, pages: AsyncIterable<readonly object[]>) {
  await using file = await open(path, 'w', 0o600);
  let rows = 0;
  await file.write('[');
  for await (const page of pages) {
    const lines = page.map((row, i) => `${rows + i === 0 ? '' : ','}\n${JSON.stringify(row)}`);
    await file.write(lines.join(''));
    rows += page.length;
  }
  await file.write('\n]\n');
  return { rows, sizeBytes: (await file.stat()).size };
}

async function writeWhole(file: string, value: object): Promise<void> {
  const making = `${file}.${process.pid}`;
  await writeFile(making, print(value), { mode: 0o600 });
  await rename(making, file);
}

function print(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
