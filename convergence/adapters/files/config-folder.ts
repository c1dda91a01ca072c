import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { ConfigFiles, ConfigStore } from '../../engine/pipeline/config-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { resolveTenantPath, tenantFolder } from './tenant-path.ts';

const PIPELINES = 'pipelines';
const FOLDERS = ['sources', 'schemas', 'checks', 'transforms', PIPELINES];
/** One byte more than the parser takes, so that it sees that a file is too long. */
const MAX_FILE_BYTES = 1_000_001;
const MAX_FILES = 2_000;

/** Configs of tenants as files in CONFIG_DIR/<tenant>/, read anew each time. */
export class ConfigFolder implements ConfigStore {
  readonly #configDir: string;

  constructor(configDir: string) {
    this.#configDir = configDir;
  }

  async readConfig(scope: TenantScope): Promise<ConfigFiles> {
    const paths = await this.#listFiles(scope);
    if (paths.length > MAX_FILES) {
      throw fail('config_invalid', `the tenant has ${paths.length} config files`, {
        hint: `At most ${MAX_FILES} are read.`,
      });
    }
    const read = async (path: string) =>
      [path, await readStart(await resolveTenantPath(this.#configDir, scope, path))] as const;
    const files = await Promise.all(paths.toSorted().map(read));
    return new Map(files.filter((file): file is [string, string] => file[1] !== null));
  }

  async readPipelineStamp(scope: TenantScope): Promise<string> {
    const folder = await this.#findFolder(scope);
    await resolveTenantPath(this.#configDir, scope, PIPELINES);
    const paths = await listBelow(folder, PIPELINES);
    const stamps = await Promise.all(paths.map((path) => stampOf(folder, path)));
    return createHash('sha256').update(stamps.toSorted().join('\n')).digest('base64url');
  }

  async #listFiles(scope: TenantScope): Promise<string[]> {
    const folder = await this.#findFolder(scope);
    // What a link leads to outside is not even listed: names are told in errors.
    for (const name of FOLDERS) await resolveTenantPath(this.#configDir, scope, name);
    const lists = await Promise.all(FOLDERS.map((name) => listBelow(folder, name)));
    return lists.flat();
  }

  async #findFolder(scope: TenantScope): Promise<string> {
    const folder = tenantFolder(this.#configDir, scope);
    try {
      await realpath(folder);
      return folder;
    } catch (cause) {
      throw fail('tenant_absent', `there is no tenant '${scope.tenantId}'`, {
        hint: 'Its configs belong into a folder of that name in CONFIG_DIR.',
        cause,
      });
    }
  }
}

async function stampOf(folder: string, path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(join(folder, path));
    return `${path} ${size} ${mtimeMs}`;
  } catch (error) {
    if (isAbsent(error)) return path;
    throw error;
  }
}

/** Relative paths with forward slashes; folders that are links are not entered. */
async function listBelow(folder: string, name: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, name), { withFileTypes: true });
    const found = await Promise.all(
      entries.map((entry) => {
        const path = `${name}/${entry.name}`;
        return entry.isDirectory() ? listBelow(folder, path) : Promise.resolve([path]);
      }),
    );
    return found.flat();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Null for what is no file, or is gone since it was listed. */
async function readStart(path: string): Promise<string | null> {
  try {
    // Without blocking: a pipe of that name would wait for its writer for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return null;
    const space = Buffer.alloc(Math.min(stat.size + 1, MAX_FILE_BYTES));
    const { buffer, bytesRead } = await file.read({ buffer: space });
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
