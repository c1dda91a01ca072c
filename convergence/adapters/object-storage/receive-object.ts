import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat, truncate } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemClock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { retry } from 'base/retry.ts';
import { fail } from '../../engine/error-codes.ts';
import type {
  DownloadOptions,
  FoundObject,
} from '../../engine/flow/extract/object/object-store.ts';
import { hashFile } from './hash-file.ts';
import type { Checksum } from './hash-file.ts';

export interface Arrival {
  readonly body: Readable;
  /** Of the whole content; null when the storage knows none that we can compute. */
  readonly checksum: Checksum | null;
}

/** How one kind of storage sends one object. */
export interface Sender {
  /** The content from a byte on and up to another one, which is not included. */
  send(from: number, to: number): Promise<Arrival>;
  /** What went wrong, in our codes. */
  translate(error: unknown): unknown;
}

const RETRIES = { maxAttempts: 5, firstDelayMs: 200, maxDelayMs: 5_000 };

/** Repeats what does not reach the storage; other failures are for the run to repeat. */
export async function persist<T>(
  call: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const attempt = async (): Promise<() => T> => {
    try {
      const value = await call();
      return () => value;
    } catch (error) {
      if (error instanceof AppError && error.code === 'storage_unreachable') throw error;
      return () => {
        throw error;
      };
    }
  };
  const deps = { clock: systemClock, random: Math.random, ...(signal && { signal }) };
  return (await retry(attempt, RETRIES, deps))();
}

/** Receives an object into `<file>.partial`, goes on where it broke off, checks it and renames it. */
export async function receiveObject(
  { object, file }: { object: FoundObject; file: string },
  { maxBytes = Infinity, signal }: DownloadOptions,
  sender: Sender,
): Promise<void> {
  const partial = `${file}.partial`;
  const sizeBytes = Math.min(object.sizeBytes, maxBytes);
  let checksum: Checksum | null = null;
  const receive = async (): Promise<void> => {
    const from = await cutPartial(partial, sizeBytes);
    try {
      const arrival = await sender.send(from, sizeBytes);
      ({ checksum } = arrival);
      const target = createWriteStream(partial, { flags: 'a', mode: 0o600 });
      await pipeline(arrival.body, target, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (isFileError(error) && error.code === 'ENOSPC') {
        throw fail('disk_full', `no space is left to read ${object.uri}`, { cause: error });
      }
      throw sender.translate(error);
    }
    if ((await sizeOf(partial)) < sizeBytes) throw brokenOff(object);
  };
  if (sizeBytes === 0) await (await open(partial, 'a', 0o600)).close();
  else await persist(receive, signal);
  if (sizeBytes === object.sizeBytes) await requireWhole(object, partial, checksum);
  await rename(partial, file);
}

/** Of the local file, and not of the storage. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const { syscall = '' } = (error ?? {}) as NodeJS.ErrnoException;
  return /^(open|read|write|fstat|stat)$/.test(syscall) && !/^ECONN|^EPIPE/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** How much is there; the last byte is always asked for, because the checksum comes with it. */
async function cutPartial(partial: string, sizeBytes: number): Promise<number> {
  const arrived = await sizeOf(partial);
  if (arrived < sizeBytes) return arrived;
  await truncate(partial, sizeBytes - 1);
  return sizeBytes - 1;
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}

function brokenOff({ uri }: FoundObject): Error {
  return fail('storage_unreachable', `${uri} broke off while it was being read`);
}

/** What is wrong is thrown away, so that the next attempt begins anew. */
async function requireWhole(
  { uri, sizeBytes }: FoundObject,
  partial: string,
  checksum: Checksum | null,
): Promise<void> {
  const arrived = await sizeOf(partial);
  const isWhole =
    arrived === sizeBytes &&
    (checksum === null || (await hashFile(partial, checksum.kind)) === checksum.value);
  if (isWhole) return;
  await rm(partial);
  throw fail('object_damaged', `${uri} did not arrive as it was stored`, {
    hint: 'Run it again; when it stays so, a proxy on the way changes what passes.',
    details: { uri, sizeBytes, arrivedBytes: arrived },
  });
}
