import { constants, copyFile, link, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../../engine/error-codes.ts';
import type { CsvOptions, Part } from '../../../engine/flow/part.ts';
import type { FileResource } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { inBatches } from './file-source-batches.ts';
import { contentProblem, formatOf, HEAD_BYTES } from './file-source-format.ts';
import type { FileFormat } from './file-source-format.ts';
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
  await requireContent(file, format, resource.csv?.encoding !== undefined);
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
    format: format.format,
    compression: format.compression,
    sizeBytes: file.sizeBytes,
    fingerprint: made.fingerprint,
    ...(format.format === 'csv' && { csv: csvOptions(resource, format) }),
    ...(resource.data_selector !== undefined && { selector: resource.data_selector }),
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

async function requireContent(
  file: MatchedFile,
  format: FileFormat,
  hasEncoding: boolean,
): Promise<void> {
  const problem = contentProblem(await readHead(file), format, hasEncoding);
  if (problem === null) return;
  throw fail('file_unreadable', `${file.label} ${problem}`, {
    hint: 'Set format and compression in the resource, name the file for what it is, or mend it.',
    details: { file: file.label },
  });
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

function extensionOf({ format, compression }: FileFormat): string {
  const suffix = { none: '', gzip: '.gz', zstd: '.zst' }[compression];
  return `.${format}${suffix}`;
}

function csvOptions({ csv = {} }: FileResource, { isTsv }: FileFormat): CsvOptions {
  const delimiter = csv.delimiter ?? (isTsv ? '\t' : undefined);
  const options = {
    delimiter,
    quote: csv.quote,
    header: csv.header,
    nullValues: csv.null_values,
    dateFormat: csv.date_format,
    timestampFormat: csv.timestamp_format,
    decimalSeparator: csv.decimal_separator,
    encoding: csv.encoding,
    skip: csv.skip,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
