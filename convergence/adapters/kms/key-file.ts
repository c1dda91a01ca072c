import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from 'base/make-folder.ts';
import { fail } from '../../engine/error-codes.ts';
import type { MasterKeyVersion } from '../../engine/tenant/kms/kms.ts';

/** 256 random bits, base64url in the file. */
export interface MasterKey extends MasterKeyVersion {
  readonly key: Uint8Array;
}

const HEADER = `# Master keys of Convergence, one a line, the newest last. Whoever has this file can read what
# the platform encrypts; without it nobody can. Keep a copy in another place.
`;
const LINE = /^(local\/[0-9a-f]{12}) (\d{4}-\d\d-\d\dT[\d:.]+Z) ([\w-]{43})$/;
const OPEN_TO_OTHERS = 0o077;

/**
 * The master keys of a file, oldest first. Lines that are none, such as one that a power cut left
 * half written, are skipped: a key that nobody could read has encrypted nothing.
 * @throws kms_invalid when it is not there, open to others, or holds no key
 */
export async function readKeyFile(path: string): Promise<readonly MasterKey[]> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw unreadable(path, cause);
    },
  );
  await requireClosed(file, path);
  const text = await file.readFile('utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const lines = text.split('\n');
  const keys = lines.flatMap((line) => parseLine(line) ?? []);
  if (keys.length > 0) return keys;
  throw fail('kms_invalid', `${path} holds no master key.`, {
    hint: 'Put back the copy of it that you keep.',
  });
}

/**
 * Makes the file with a first key, readable by its owner only, unless it is there. Processes that
 * try it together get one file. Gives the version that was made, null when there was nothing to do.
 */
export async function createKeyFile(path: string, now: Date): Promise<string | null> {
  const made = makeKey(now);
  makeFolder(dirname(path));
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(HEADER + made.line);
    await file.sync();
    await link(draft, path);
    return made.version;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw unreadable(path, cause);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Adds a key, with which is encrypted from then on. Older ones are never written again, so nothing
 * that happens meanwhile can lose them, and two who rotate at once make two keys, both good.
 * @throws kms_invalid
 */
export async function rotateKeyFile(path: string, now: Date): Promise<string> {
  await readKeyFile(path);
  const made = makeKey(now);
  await using file = await open(path, constants.O_RDWR | constants.O_APPEND);
  // The line feed ends what a power cut may have left without one.
  await file.appendFile((await endsWhole(file)) ? made.line : `\n${made.line}`);
  await file.sync();
  return made.version;
}

function makeKey(now: Date): { version: string; line: string } {
  const version = `local/${randomBytes(6).toString('hex')}`;
  const key = randomBytes(32).toString('base64url');
  return { version, line: `${version} ${now.toISOString()} ${key}\n` };
}

async function endsWhole(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === '\n';
}

function parseLine(line: string): MasterKey | undefined {
  const [, version, createdAt, key] = LINE.exec(line) ?? [];
  if (version === undefined || createdAt === undefined || key === undefined) return undefined;
  return { version, createdAt: new Date(createdAt), key: Buffer.from(key, 'base64url') };
}

async function requireClosed(file: FileHandle, path: string): Promise<void> {
  const { mode } = await file.stat();
  // Windows keeps no such bits.
  if (process.platform === 'win32' || (mode & OPEN_TO_OTHERS) === 0) return;
  throw fail('kms_invalid', `${path} can be read by other users of the machine.`, {
    hint: `chmod 600 ${path}; if somebody may have read it: convergence setup-kms --rotate`,
  });
}

function unreadable(path: string, cause: unknown): Error {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  const what = code === 'ENOENT' ? 'is not there' : `cannot be used (${code})`;
  return fail('kms_invalid', `The file of master keys ${path} ${what}.`, {
    hint: 'Put back the copy of it that you keep; for a new platform: convergence setup-kms',
    cause,
  });
}
