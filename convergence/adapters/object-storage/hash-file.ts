import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32c } from '../../engine/tenant/kms/crc32c.ts';

/** A checksum in base64, as both kinds of storage write it. */
export interface Checksum {
  readonly kind: 'crc32c' | 'md5';
  readonly value: string;
}

const CHUNK_BYTES = 1024 * 1024;

/** Of the whole file, or of a part that is not empty; `to` is not included. */
export async function hashFile(
  file: string,
  kind: Checksum['kind'],
  range?: { from: number; to: number },
): Promise<string> {
  const bounds = range && { start: range.from, end: range.to - 1 };
  const options = { highWaterMark: CHUNK_BYTES, ...bounds };
  const chunks = createReadStream(file, options) as AsyncIterable<Buffer>;
  if (kind === 'md5') {
    const hash = createHash('md5');
    for await (const chunk of chunks) hash.update(chunk);
    return hash.digest('base64');
  }
  let sum = 0;
  for await (const chunk of chunks) sum = crc32c(chunk, sum);
  return printCrc32c(sum);
}

/** Big-endian in base64. */
export function printCrc32c(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}
