import { fail } from '../../../error-codes.ts';
import type { FileResource } from '../../../pipeline/spec/file-source-spec.ts';
import type { CsvOptions, Part } from '../../part.ts';

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

/** Of a part, so that DuckDB too sees what it is. */
export function extensionOf({ format, compression }: FileFormat): string {
  const suffix = { none: '', gzip: '.gz', zstd: '.zst' }[compression];
  return `.${format}${suffix}`;
}

/** What of a part its resource and its format say. */
export function partFormat(
  resource: FileResource,
  format: FileFormat,
): Pick<Part, 'format' | 'compression' | 'csv' | 'selector'> {
  return {
    format: format.format,
    compression: format.compression,
    ...(format.format === 'csv' && { csv: csvOptions(resource, format) }),
    ...(resource.data_selector !== undefined && { selector: resource.data_selector }),
  };
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

/** @throws file_unreadable when its first bytes are of something else than its name or config says */
export function requireContent(
  { label, head }: { readonly label: string; readonly head: Uint8Array },
  format: FileFormat,
  hasEncoding: boolean,
): void {
  const problem = contentProblem(head, format, hasEncoding);
  if (problem === null) return;
  throw fail('file_unreadable', `${label} ${problem}`, {
    hint: 'Set format and compression in the resource, name the file for what it is, or mend it.',
    details: { file: label },
  });
}

/** Null when nothing speaks against it. */
function contentProblem(
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
