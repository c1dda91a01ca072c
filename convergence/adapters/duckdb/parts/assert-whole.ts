import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fail } from '../../../engine/error-codes.ts';
import type { Part } from '../../../engine/flow/part.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Unpacks compressed parts to nowhere: DuckDB takes the end of a gzip file that was cut off for the
 * end of its rows, and the last value for a whole one. To be run beside the reading of rows, which
 * takes longer.
 * @throws file_unreadable, the reason of the signal
 */
export async function assertWhole(parts: readonly Part[], signal: AbortSignal): Promise<void> {
  for (const part of parts) {
    if (part.compression === 'none' || part.format === 'parquet' || part.sizeBytes === 0) continue;
    const options = { chunkSize: CHUNK_BYTES };
    const unpack =
      part.compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    try {
      await pipeline(createReadStream(part.path), unpack, nowhere, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw fail('file_unreadable', `${part.label} is no whole ${part.compression} file`, {
        hint: 'Was it still being written or copied? Provide the whole file and run again.',
        details: { file: part.label },
        cause: error,
      });
    }
  }
}
