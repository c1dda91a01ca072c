import { DuckDBBitVector, DuckDBBlobVector, DuckDBVarCharVector } from '@duckdb/node-api';
import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';

/** Any value that is no text takes about this. */
const VALUE_BYTES = 8;
/** duckdb_string_t: the length is its first four bytes (duckdb.h). */
const STRING_BYTES = 16;

/** Reading an item by the public methods would make the value. */
interface VectorParts {
  readonly dataView?: DataView;
  readonly validity?: { itemValid(index: number): boolean };
  readonly childData?: DuckDBVector;
  readonly listVector?: DuckDBVector;
  readonly structVector?: DuckDBVector;
  readonly entryVectors?: readonly DuckDBVector[];
}

/**
 * How much the values of a chunk are before JavaScript has any of them: one list of a hundred
 * million numbers would end the process, and with it the work of every tenant.
 */
export function rawSizeBytes(chunk: DuckDBDataChunk): number {
  let sizeBytes = 0;
  for (let column = 0; column < chunk.columnCount; column++) {
    sizeBytes += vectorSizeBytes(chunk.getColumnVector(column));
  }
  return sizeBytes;
}

function vectorSizeBytes(vector: DuckDBVector): number {
  const { childData, listVector, structVector, entryVectors = [] } = vector as VectorParts;
  const inner = [childData, listVector, structVector, ...entryVectors].filter(Boolean);
  const sizes = (inner as DuckDBVector[]).map((part) => vectorSizeBytes(part));
  const own = isText(vector) ? textSizeBytes(vector) : 0;
  return vector.itemCount * VALUE_BYTES + own + sizes.reduce((sum, size) => sum + size, 0);
}

function isText(vector: DuckDBVector): boolean {
  return (
    vector instanceof DuckDBVarCharVector ||
    vector instanceof DuckDBBlobVector ||
    vector instanceof DuckDBBitVector
  );
}

function textSizeBytes(vector: DuckDBVector): number {
  const { dataView, validity } = vector as VectorParts;
  let sizeBytes = 0;
  for (let index = 0; index < vector.itemCount; index++) {
    // Where there is no value, the bytes mean nothing.
    if (validity?.itemValid(index))
      sizeBytes += dataView?.getUint32(index * STRING_BYTES, true) ?? 0;
  }
  return sizeBytes;
}
