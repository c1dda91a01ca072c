import type { FileFormat } from './file-format.ts';

/** How many of the first bytes of a file tell what it is. */
export const HEAD_BYTES = 512;

const SIGNATURES: readonly [name: string, bytes: readonly number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
  ['a ZIP or Excel file', [0x50, 0x4b, 0x03, 0x04]],
  ['a PDF', [0x25, 0x50, 0x44, 0x46]],
  ['UTF-16 text', [0xff, 0xfe]],
  ['UTF-16 text', [0xfe, 0xff]],
];

/**
 * Why a file is not what its name or the config says, by its first bytes; null when nothing speaks
 * against it.
 */
export function contentProblem(
  head: Uint8Array,
  { format, compression }: FileFormat,
  hasEncoding: boolean,
): string | null {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte))?.[0];
  const expected = compression === 'none' ? format : compression;
  if (found === expected) return null;
  if (found === 'UTF-16 text' && hasEncoding) return null;
  if (found) return `is ${found}, not ${expected}`;
  if (expected === 'gzip' || expected === 'zstd' || expected === 'parquet')
    return `is no ${expected}`;
  return textProblem(new TextDecoder().decode(head).trimStart(), format);
}

function textProblem(text: string, format: FileFormat['format']): string | null {
  if (/^<(?:!doctype html|html)/i.test(text)) return `is HTML, not ${format}`;
  if (format === 'csv' || text === '') return null;
  if (format === 'ndjson' && text.startsWith('[')) return 'is one JSON list, not ndjson';
  return /^[{[]/.test(text)
    ? null
    : `does not begin as ${format} does, but with '${text.slice(0, 20)}'`;
}
