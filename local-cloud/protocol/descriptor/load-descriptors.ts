import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);

/** By npm package that ships them under `build/protos`, the `.proto` files to serve. */
export type ProtoFiles = Readonly<Record<string, readonly string[]>>;

/**
 * Compiles the files and all that they import. Compiled once per content: what was compiled is
 * kept under the system's temporary folder and shared by processes.
 */
export async function loadDescriptors(protos: ProtoFiles): Promise<FileRegistry> {
  const sources = readSources(protos);
  const folder = join(tmpdir(), `local-cloud-descriptors-${userInfo().username}`);
  const kept = join(folder, `${fingerprint(sources)}.binpb`);
  if (!existsSync(kept)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await compile(sources, kept);
  }
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(kept)));
}

/** The files and, followed from them, their imports, by path. */
function readSources(protos: ProtoFiles): ReadonlyMap<string, string> {
  const roots = [...Object.keys(protos), 'google-gax'].map(protoRoot);
  const sources = new Map<string, string>();
  const waiting = Object.values(protos).flat();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    // The compiler brings google/protobuf itself.
    if (sources.has(path) || path.startsWith('google/protobuf/')) continue;
    const text = readFileSync(locate(path, roots), 'utf8');
    sources.set(path, text);
    for (const found of text.matchAll(/^import (?:public )?"(.+)";/gm))
      waiting.push(found[1] ?? '');
  }
  return new Map([...sources].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function locate(path: string, roots: readonly string[]): string {
  const found = roots.map((root) => join(root, path)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`No installed client ships ${path}`);
  return found;
}

/** Not every package exports its package.json, so the folder is looked for upwards. */
function protoRoot(npmPackage: string): string {
  let folder = dirname(require.resolve(npmPackage));
  while (!existsSync(join(folder, 'build/protos'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${npmPackage} ships no .proto files`);
    folder = parent;
  }
  return join(folder, 'build/protos');
}

function fingerprint(sources: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of sources) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex').slice(0, 32);
}

async function compile(sources: ReadonlyMap<string, string>, kept: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(kept), 'build-'));
  try {
    for (const [path, text] of sources) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const output = join(folder, 'image.binpb');
    const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin/buf');
    const how = ['--as-file-descriptor-set', '--exclude-source-info', '-o', output];
    await promisify(execFile)(process.execPath, [buf, 'build', folder, ...how], {
      env: { ...process.env, BUF_CACHE_DIR: join(folder, '.cache') },
    });
    // Whole or not at all: another process may compile the same at the same time.
    await rename(output, kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
