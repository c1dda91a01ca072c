import type { DuckDBConnection } from '@duckdb/node-api';
import type { Part } from '../../../engine/flow/part.ts';
import { literal } from '../run-sql.ts';
import { compressionOption, csvDialect } from './csv-dialect.ts';
import { recordsAsNdjson } from './select-records.ts';

/** Parts that one call of a reader function takes together. */
export interface PartGroup {
  readonly format: Part['format'];
  readonly parts: readonly Part[];
  /** Options of the reader that all its parts share. */
  readonly options: string;
}

/** The column of a reader that tells the file of a row; safe names have no two underscores. */
export const PART_COLUMN = '__part';

export interface Reading {
  /** `all` types columns by every row, `sample` by the first 20,480 of some files. */
  readonly depth: 'sample' | 'all';
  /** Columns that are to be read as text, as they stand in the file. */
  readonly asText?: readonly string[];
  /**
   * JSON only: objects with many keys are structs. Else they are maps when over 200 keys have one
   * type, or keys are rare: then the keys are data.
   */
  readonly wide?: boolean;
  /** JSON only: these columns alone, of these types, and no look at what else there is. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** Each file of a sample keeps 32 MB of buffers: ten made a load of ten files take 1.3 times more. */
const JSON_SAMPLE_FILES = 2;
/** Deeper objects stay JSON. */
const MAX_DEPTH = 20;

/** Groups parts by the reader and its options, in the order of their first one. */
export async function groupParts(
  connection: DuckDBConnection,
  parts: readonly Part[],
): Promise<PartGroup[]> {
  const groups = new Map<string, PartGroup & { parts: Part[] }>();
  for (const given of parts) {
    if (given.sizeBytes === 0) continue;
    const part = given.selector ? await recordsAsNdjson(connection, given) : given;
    if (!part) continue;
    const options =
      part.format === 'csv'
        ? `${await csvDialect(connection, part)}, ${compressionOption(part)}`
        : compressionOption(part);
    const key = `${part.format} ${options}`;
    const group = groups.get(key);
    if (group) group.parts.push(part);
    else groups.set(key, { format: part.format, parts: [part], options });
  }
  return [...groups.values()];
}

/** A SELECT over the parts of a group, with the file of each row in `PART_COLUMN`. */
export function readGroup(group: PartGroup, reading: Reading): string {
  const paths = `[${group.parts.map(({ path }) => literal(path)).join(', ')}]`;
  return `SELECT * FROM ${READERS[group.format](paths, group, reading)}`;
}

type Reader = (paths: string, group: PartGroup, reading: Reading) => string;

const READERS: Readonly<Record<Part['format'], Reader>> = {
  ndjson: readJson,
  json: readJson,
  csv: readCsv,
  parquet: (paths, { parts }) =>
    `read_parquet(${paths}, filename = '${PART_COLUMN}', union_by_name = ${parts.length > 1})`,
};

function readJson(paths: string, group: PartGroup, reading: Reading): string {
  // DuckDB refuses a byte order mark when told that the file is newline-delimited.
  const fixed = ["format = 'auto'", `filename = '${PART_COLUMN}'`, group.options];
  const call = (options: string[]) => `read_json(${[paths, ...fixed, ...options].join(', ')})`;
  if (reading.columns) {
    const columns = Object.entries(reading.columns).map(
      ([name, type]) => `${literal(name)}: ${literal(type)}`,
    );
    return call(['records = true', `columns = {${columns.join(', ')}}`]);
  }
  return call([
    `maximum_depth = ${MAX_DEPTH}`,
    ...(reading.wide ? ['map_inference_threshold = -1', 'field_appearance_threshold = 0'] : []),
    ...(reading.depth === 'all' ? ['sample_size = -1'] : []),
    `maximum_sample_files = ${reading.depth === 'all' ? 1_000_000 : JSON_SAMPLE_FILES}`,
  ]);
}

function readCsv(paths: string, { parts, options }: PartGroup, reading: Reading): string {
  const types = (reading.asText ?? []).map((name) => `${literal(name)}: 'VARCHAR'`);
  return `read_csv(${[
    paths,
    options,
    `filename = '${PART_COLUMN}'`,
    `union_by_name = ${parts.length > 1}`,
    ...(reading.depth === 'all' ? ['sample_size = -1'] : []),
    ...(types.length > 0 ? [`types = {${types.join(', ')}}`] : []),
  ].join(', ')})`;
}
