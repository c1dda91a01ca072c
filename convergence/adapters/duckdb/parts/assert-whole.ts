import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fail } from '../../../engine/error-codes.ts';
import type { Part } from '../../../engine/flow/part.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Unpacks compressed parts to nowhere: DuckDB takes the end of a gzip file that was cut off for the
 * end of its rows, and the last value for a whole one; now and then it hangs or dies on it.
 * @throws file_unreadable
 */
export async function assertWhole(parts: readonly Part[]): Promise<void> {
  for (const part of parts) {
    if (part.compression === 'none' || part.format === 'parquet' || part.sizeBytes === 0) continue;
    const options = { chunkSize: CHUNK_BYTES };
    const unpack =
      part.compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    try {
      await pipeline(createReadStream(part.path), unpack, nowhere);
    } catch (error) {
      throw fail('file_unreadable', `${part.label} is no whole ${part.compression} file`, {
        hint: 'Was it still being written or copied? Provide the whole file and run again.',
        details: { file: part.label },
        cause: error,
      });
    }
  }
}
