import { BigQueryError } from '../bigquery-error.ts';
import type { SchemaField } from '../resource/schema.ts';
import type { DuckDb } from './duck-db.ts';
import { readingError } from './load-error.ts';
import type { LoadConfiguration } from './load-configuration.ts';
import { readCsv } from './read-csv.ts';
import { readNdjson } from './read-ndjson.ts';
import { inferParquet, readParquet } from './read-parquet.ts';
import type { LoadedRows } from './read-parquet.ts';
import type { SourceFile } from './sources.ts';

export interface LoadedFiles extends LoadedRows {
  readonly inputFiles: number;
  readonly inputFileBytes: number;
}

export interface Wanted {
  readonly files: readonly SourceFile[];
  /** The schema that the job gives, or else that of the table; null: what the files have. */
  readonly wanted: readonly SchemaField[] | null;
}

export async function loadFiles(
  duckDb: DuckDb,
  load: LoadConfiguration,
  { files, wanted }: Wanted,
): Promise<LoadedFiles> {
  const counts = {
    inputFiles: files.length,
    inputFileBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
  const format = load.sourceFormat ?? 'CSV';
  if (format === 'PARQUET')
    return { ...(await loadParquet(duckDb, load, { files, wanted })), ...counts };
  if (format === 'NEWLINE_DELIMITED_JSON')
    return { ...(await readNdjson(files, load, wanted)), ...counts };
  if (format === 'CSV') return { ...(await readCsv(files, load, wanted)), ...counts };
  throw new BigQueryError(
    'notImplemented',
    `local-cloud does not load files of the format ${format}.`,
  );
}

async function loadParquet(
  duckDb: DuckDb,
  load: LoadConfiguration,
  { files, wanted }: Wanted,
): Promise<LoadedRows> {
  const options = {
    enableListInference: load.parquetOptions?.enableListInference ?? false,
    decimalTargetTypes: load.decimalTargetTypes ?? ['NUMERIC'],
  };
  const rows: Buffer[] = [];
  let fields: readonly SchemaField[] | null = null;
  for (const file of files) {
    const inFile = await inferParquet(duckDb, file, options);
    fields ??= wanted === null ? inFile : namedIn(wanted, inFile, load);
    requireTypes(fields, inFile, file.name);
    rows.push(...(await readParquet(duckDb, file, fields)));
  }
  return { fields: fields ?? [], rows, badRecords: 0 };
}

/** Columns of the file that the schema lacks are new ones, if the job lets them be added. */
function namedIn(
  wanted: readonly SchemaField[],
  inFile: readonly SchemaField[],
  { schemaUpdateOptions = [], ignoreUnknownValues = false }: LoadConfiguration,
): readonly SchemaField[] {
  const names = new Set(wanted.map(({ name }) => name.toLowerCase()));
  const more = inFile.filter(({ name }) => !names.has(name.toLowerCase()));
  if (
    more.length === 0 ||
    (ignoreUnknownValues && !schemaUpdateOptions.includes('ALLOW_FIELD_ADDITION'))
  )
    return wanted;
  return [...wanted, ...more];
}

/** Types that a column takes beside its own. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  TIMESTAMP: ['DATETIME'],
  DATETIME: ['TIMESTAMP'],
  JSON: ['STRING'],
  STRING: ['JSON', 'BYTES'],
  BYTES: ['STRING'],
  BIGNUMERIC: ['NUMERIC'],
  NUMERIC: ['BIGNUMERIC'],
};
const CPP_TYPES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOL',
  STRING: 'BYTE_ARRAY',
  BYTES: 'BYTE_ARRAY',
};

function requireTypes(
  fields: readonly SchemaField[],
  inFile: readonly SchemaField[],
  file: string,
): void {
  for (const found of inFile) {
    const field = fields.find(({ name }) => name.toLowerCase() === found.name.toLowerCase());
    if (!field) continue;
    const isTaken = field.type === found.type || (ALSO[field.type]?.includes(found.type) ?? false);
    const isList = field.mode === 'REPEATED';
    if (isTaken && isList === (found.mode === 'REPEATED')) {
      if (field.type === 'RECORD') requireTypes(field.fields ?? [], found.fields ?? [], file);
      continue;
    }
    const [has, target] = [found, field].map(({ type }) => CPP_TYPES[type] ?? type);
    throw readingError(
      `Parquet column '${found.name}' has type ${has}${found.mode === 'REPEATED' ? ' (repeated)' : ''} which does not match the target cpp_type ${target}${isList ? ' (repeated)' : ''}.`,
      file,
    );
  }
}
