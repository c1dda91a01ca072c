import type { Field } from 'googlesql/field.ts';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BigQueryError } from '../bigquery-error.ts';
import { quote } from '../load/duck-db.ts';
import type { DuckDb } from '../load/duck-db.ts';
import { formatDatetime } from '../value/civil-time.ts';
import { formatScalar } from '../value/render-cell.ts';
import { readRow } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { duckDbStruct } from './duckdb-type.ts';

export interface ExtractOptions {
  readonly format: 'CSV' | 'NEWLINE_DELIMITED_JSON' | 'PARQUET';
  readonly compression: string;
  readonly printHeader: boolean;
  readonly delimiter: string;
}

interface Extracted {
  readonly fields: readonly Field[];
  readonly contents: readonly Buffer[];
}

/** The bytes of the file. */
export async function* writeExtract(
  duckDb: DuckDb,
  table: Extracted,
  options: ExtractOptions,
): AsyncGenerator<Buffer> {
  if (options.format === 'PARQUET') {
    yield* writeParquet(duckDb, table, options);
    return;
  }
  if (!['NONE', 'GZIP'].includes(options.compression))
    throw new BigQueryError(
      'invalid',
      `Compression ${options.compression} is not supported for ${options.format}.`,
    );
  const lines = Readable.from(
    options.format === 'CSV' ? csvLines(table, options) : jsonLines(table),
  );
  const bytes = options.compression === 'GZIP' ? lines.pipe(createGzip()) : lines;
  for await (const chunk of bytes) yield Buffer.from(chunk as string | Buffer);
}

function* jsonLines({ fields, contents }: Extracted): Generator<string> {
  for (const content of contents)
    yield `${JSON.stringify(toObject(fields, readRow(content, fields)))}\n`;
}

/** Without what is null. Integers are text, as in an extract of BigQuery's. */
function toObject(fields: readonly Field[], values: readonly Value[]): Record<string, unknown> {
  const entries = fields.map(
    (field, at) => [field.name, toJson(field, values[at] ?? null)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function toJson(field: Field, value: Value): unknown {
  if (field.mode === 'REPEATED') {
    const element = { ...field, mode: 'NULLABLE' };
    return ((value ?? []) as readonly Value[]).map((one) => toJson(element, one));
  }
  if (value === null) return null;
  if (field.type === 'RECORD') return toObject(field.fields ?? [], value as Value[]);
  if (field.type === 'BOOLEAN') return value;
  if (field.type === 'FLOAT') return Number.isFinite(value) ? value : String(value);
  if (field.type === 'JSON') return JSON.parse(String(value)) as unknown;
  return toText(field, value);
}

function toText({ type }: Field, value: Value): string {
  if (type === 'TIMESTAMP') return `${formatDatetime(value as bigint).replace('T', ' ')} UTC`;
  return formatScalar(type, value);
}

function* csvLines(
  { fields, contents }: Extracted,
  { delimiter, printHeader }: ExtractOptions,
): Generator<string> {
  const nested = fields.find(({ type, mode }) => type === 'RECORD' || mode === 'REPEATED');
  if (nested)
    throw new BigQueryError(
      'invalid',
      `Operation cannot be performed on a nested schema. Field: ${nested.name}`,
    );
  const cell = (text: string): string =>
    /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  if (printHeader) yield `${fields.map(({ name }) => cell(name)).join(delimiter)}\n`;
  for (const content of contents) {
    const values = readRow(content, fields);
    const cells = fields.map((field, at) => {
      const value = values[at] ?? null;
      return value === null ? '' : cell(toText(field, value));
    });
    yield `${cells.join(delimiter)}\n`;
  }
}

const COMPRESSIONS: Readonly<Record<string, string>> = {
  NONE: 'uncompressed',
  SNAPPY: 'snappy',
  GZIP: 'gzip',
  ZSTD: 'zstd',
};

async function* writeParquet(
  duckDb: DuckDb,
  table: Extracted,
  { compression }: ExtractOptions,
): AsyncGenerator<Buffer> {
  const codec = COMPRESSIONS[compression];
  if (codec === undefined)
    throw new BigQueryError('invalid', `Compression ${compression} is not supported for PARQUET.`);
  const folder = await mkdtemp(join(tmpdir(), 'local-cloud-extract-'));
  try {
    const [source, target] = [join(folder, 'rows.json'), join(folder, 'rows.parquet')];
    await pipeline(Readable.from(jsonLines(table)), createWriteStream(source));
    const { columns, select } = duckDbStruct(table.fields);
    await duckDb.use((connection) =>
      connection.run(
        `COPY (SELECT ${select} FROM read_json(${quote(source)}, format='newline_delimited', columns=${columns}))
         TO ${quote(target)} (FORMAT parquet, COMPRESSION ${codec})`,
      ),
    );
    yield* createReadStream(target) as AsyncIterable<Buffer>;
  } finally {
    await rm(folder, { recursive: true });
  }
}
