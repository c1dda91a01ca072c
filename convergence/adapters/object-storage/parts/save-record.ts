import type { SavedParts } from '../../../engine/flow/extract/parts/part-store.ts';

/** What one save left in the bucket; each is an object of its own, and the newest one counts. */
export interface SaveRecord {
  /** Decimal. Of the worker that wrote it. */
  readonly fence: string;
  /** Null: there is nothing to go on with. */
  readonly checkpoint: SavedParts['checkpoint'] | null;
  readonly parts: readonly SavedPart[];
}

/** What a folder has before its first save. */
export const NOTHING: Omit<SaveRecord, 'fence'> = { checkpoint: null, parts: [] };

export interface SavedPart {
  readonly name: string;
  /** Together, in this order, they are the part. */
  readonly slices: readonly Slice[];
}

export interface Slice {
  readonly uri: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly crc32c: string;
}

export interface SliceStep {
  /** Stay as they are. */
  readonly kept: readonly Slice[];
  /** Are within the next one. */
  readonly swallowed: readonly Slice[];
  /** Where the next one begins in the part, in bytes. */
  readonly from: number;
}

/**
 * What to write when a part has grown. A new slice swallows those before it that are no larger: so a
 * part of n pages is log n objects, and each byte is sent log n times at most, though objects cannot
 * be appended to.
 */
export function nextSlice(slices: readonly Slice[], sizeBytes: number): SliceStep {
  let kept = slices.length;
  let from = totalBytes(slices);
  for (;;) {
    const last = slices[kept - 1];
    if (!last || last.sizeBytes > sizeBytes - from) break;
    from -= last.sizeBytes;
    kept -= 1;
  }
  return { kept: slices.slice(0, kept), swallowed: slices.slice(kept), from };
}

export function totalBytes(slices: readonly Slice[]): number {
  return slices.reduce((sum, slice) => sum + slice.sizeBytes, 0);
}
