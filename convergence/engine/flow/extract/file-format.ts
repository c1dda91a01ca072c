import { fail } from '../../error-codes.ts';
import type { FileResource } from '../../pipeline/file-source-spec.ts';
import type { Part } from '../part.ts';

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
