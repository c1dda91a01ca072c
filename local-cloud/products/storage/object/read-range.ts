import { StorageError } from '../storage-error.ts';

interface ByteRange {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/**
 * The part of a content that a Range header asks for (RFC 9110, 14.1.2); null: all of it, also when
 * the header is none that Cloud Storage takes, such as several ranges.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (from < to) return { from, to };
  throw new StorageError(
    'requestedRangeNotSatisfiable',
    `The requested range cannot be satisfied: ${header} of ${sizeBytes} bytes.`,
  );
}
