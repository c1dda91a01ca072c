import { fail } from '../../../engine/error-codes.ts';
import type { FileResource } from '../../../engine/pipeline/spec/file-source-spec.ts';
import type { Part } from '../../../engine/flow/part.ts';

export type FileFormat = Pick<Part, 'format' | 'compression'> & { readonly isTsv: boolean };

const COMPRESSIONS: Readonly<Record<string, Part['compression']>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
};
const FORMATS: Readonly<Record<string, Part['format']>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
};

/**
 * How to read a file: as declared, or by its name (`orders.csv.gz`).
 * @throws file_unreadable when neither tells
 */
export function formatOf(
  name: string,
  declared: Pick<FileResource, 'format' | 'compression'>,
): FileFormat {
  const extensions = name.toLowerCase().split('/').at(-1)?.split('.').slice(1) ?? [];
  const compression = COMPRESSIONS[extensions.at(-1) ?? ''];
  const extension = (compression ? extensions.at(-2) : extensions.at(-1)) ?? '';
  const format = declared.format ?? FORMATS[extension];
  if (!format) {
    throw fail('file_unreadable', `the name of '${name}' does not tell what is in it`, {
      hint: `Set format, or name it .${Object.keys(FORMATS).join(', .')}, with .gz or .zst behind.`,
    });
  }
  return {
    format,
    compression: declared.compression ?? compression ?? 'none',
    isTsv: extension === 'tsv',
  };
}

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
