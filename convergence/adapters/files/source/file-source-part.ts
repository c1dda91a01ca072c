import { constants, copyFile, link, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../../engine/error-codes.ts';
import {
  extensionOf,
  formatOf,
  HEAD_BYTES,
  partFormat,
  requireContent,
} from '../../../engine/flow/extract/file/file-format.ts';
import type { Part } from '../../../engine/flow/part.ts';
import type { FileResource } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { inBatches } from './file-source-batches.ts';
import type { MatchedFile } from './file-source-match.ts';
import { statFile } from './file-source-stat.ts';

export interface PartPlace {
  readonly resource: FileResource;
  readonly folder: string;
  readonly index: number;
}

/**
 * Puts a file into the folder of a load as a part; null when it is empty. It becomes a hard link,
 * because DuckDB may read that folder only and follows no symbolic link out of it. Where the file
 * system cannot link, the file is copied.
 * @throws file_unreadable, file_changed, disk_full
 */
export async function linkPart(
  file: MatchedFile,
  { resource, folder, index }: PartPlace,
): Promise<Part | null> {
  const format = formatOf(file.label, resource);
  if (file.sizeBytes === 0) return null;
  const head = await readHead(file);
  requireContent({ label: file.label, head }, format, resource.csv?.encoding !== undefined);
  const path = join(folder, `${String(index + 1).padStart(6, '0')}${extensionOf(format)}`);
  await linkOrCopy(file, path);
  const made = await statFile(path);
  const now = await statFile(file.path);
  if (made?.sizeBytes !== file.sizeBytes || now?.fingerprint !== file.fingerprint) {
    throw changed(file.label);
  }
  return {
    path,
    label: file.label,
    sizeBytes: file.sizeBytes,
    fingerprint: made.fingerprint,
    ...partFormat(resource, format),
  };
}

/** A link shares the file with whoever writes to it. @throws file_changed */
export async function confirmParts(parts: readonly Part[]): Promise<void> {
  await inBatches(parts, async ({ path, label, fingerprint }) => {
    const now = await statFile(path);
    if (fingerprint !== undefined && now?.fingerprint !== fingerprint) throw changed(label);
  });
}

export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}

async function readHead({ path, label }: MatchedFile): Promise<Uint8Array> {
  const handle = await open(path).catch((cause: unknown) => {
    throw fail('file_unreadable', `${label} cannot be opened`, {
      hint: 'Let the user of the server read the file.',
      cause,
    });
  });
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(HEAD_BYTES) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Another disk, a file of another user, a file system without links, or too many of them. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EMLINK']);

async function linkOrCopy({ path, label }: MatchedFile, target: string): Promise<void> {
  try {
    await link(path, target);
  } catch (error) {
    if (!NO_LINK.has(codeOf(error))) throw changed(label, error);
    await copyFile(path, target, constants.COPYFILE_FICLONE).catch((cause: unknown) => {
      if (codeOf(cause) !== 'ENOSPC') throw changed(label, cause);
      throw fail('disk_full', `no space is left to copy ${label}`, { cause });
    });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function changed(label: string, cause?: unknown): Error {
  return fail('file_changed', `${label} changed while it was being read`, {
    hint: 'Write files under another name and rename them when they are complete.',
    details: { file: label },
    cause,
  });
}
