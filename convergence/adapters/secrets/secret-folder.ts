import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { fail } from '../../engine/error-codes.ts';
import type { SecretStore } from '../../engine/tenant/secret-store.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';

const MAX_SECRET_BYTES = 65_536;
const SECRET_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/;
const READABLE_BY_OTHERS = 0o077;

/** Secrets as files CONFIG_DIR/<tenant>/secrets/NAME or NAME.txt that only their owner can read. */
export class SecretFolder implements SecretStore {
  readonly #configDir: string;

  constructor(configDir: string) {
    this.#configDir = configDir;
  }

  async readSecret(scope: TenantScope, name: string): Promise<string> {
    if (!SECRET_NAME.test(name)) throw absent(name);
    const folder = this.#folderOf(scope);
    for (const fileName of [name, `${name}.txt`]) {
      await using file = await openWithin(folder, fileName);
      if (!file) continue;
      const shownPath = `${scope.tenantId}/secrets/${fileName}`;
      return await readPrivately(file, name, shownPath);
    }
    throw absent(name);
  }

  async listSecrets(scope: TenantScope): Promise<string[]> {
    if (await isLink(this.#folderOf(scope))) return [];
    try {
      const entries = await readdir(this.#folderOf(scope), { withFileTypes: true });
      const names = entries
        .filter((entry) => !entry.isDirectory() && SECRET_NAME.test(entry.name))
        .map((entry) => entry.name.replace(/(?<=.)\.txt$/, ''));
      return [...new Set(names)].toSorted();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  #folderOf(scope: TenantScope): string {
    return resolve(this.#configDir, scope.tenantId, 'secrets');
  }
}

/** Links that stay in the folder are followed, as orchestrators mount secrets; null when absent. */
async function openWithin(folder: string, fileName: string): Promise<FileHandle | null> {
  if (await isLink(folder)) throw linked(fileName);
  try {
    const real = await realpath(join(folder, fileName));
    if (!real.startsWith((await realpath(folder)) + sep)) return null;
    // Without blocking: a pipe of that name would wait for its writer for ever.
    return await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw unreadable(fileName, 'the server may not read it', error);
  }
}

async function isLink(folder: string): Promise<boolean> {
  return lstat(folder).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
}

async function readPrivately(file: FileHandle, name: string, shownPath: string): Promise<string> {
  const { mode, size, isFile } = await describe(file);
  if (!isFile) throw absent(name);
  // Windows keeps no such bits.
  if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
    throw fail('secret_readable', `secret '${name}' can be read by other users of the machine`, {
      hint: `Run in the folder of configs: chmod 600 ${shownPath}`,
    });
  }
  if (size > MAX_SECRET_BYTES) {
    throw unreadable(name, `it is larger than ${MAX_SECRET_BYTES} bytes`);
  }
  return (await file.readFile('utf8')).replace(/\r?\n$/, '');
}

async function describe(file: FileHandle) {
  const stat = await file.stat();
  return { mode: stat.mode, size: stat.size, isFile: stat.isFile() };
}

function absent(name: string): Error {
  return fail('secret_absent', `there is no secret '${name.slice(0, 200)}'`, {
    hint: 'Put its value into a file of that name in secrets/, with mode 600.',
  });
}

function unreadable(name: string, reason: string, cause?: unknown): Error {
  return fail('secret_absent', `secret '${name}' cannot be used: ${reason}`, {
    hint: 'Give it to the user that runs the server, with mode 600.',
    cause,
  });
}

/** It could be the folder of another tenant. */
function linked(name: string): Error {
  return fail('secret_absent', `secret '${name}' cannot be used: secrets/ is a link`, {
    hint: 'Make secrets/ a folder; files in it may be links that stay in it.',
  });
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
