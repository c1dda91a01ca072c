import { access, rename, rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import type { Part } from '../../../engine/flow/part.ts';
import { literal, readRows, runSql } from '../run-sql.ts';
import { compressionOption } from './csv-dialect.ts';

/** DuckDB's default; larger documents need a buffer of their size. */
const MIN_OBJECT_BYTES = 16 * 1024 * 1024;
/** Text rarely packs better than this. */
const COMPRESSION_RATIO = 20;

/**
 * Writes the records that a selector names beside the part, once, as NDJSON: a document is one
 * value to DuckDB, and its records are to be typed, counted and read like those of any part.
 * @returns null when the list is empty
 * @throws source_selector_empty
 */
export async function recordsAsNdjson(
  connection: DuckDBConnection,
  part: Part,
): Promise<Part | null> {
  const target = recordsPath(part);
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (!exists && !(await writeRecords(connection, part, target))) return null;
  return {
    path: target,
    label: part.label,
    format: 'ndjson',
    compression: 'none',
    sizeBytes: part.sizeBytes,
  };
}

function recordsPath({ path }: Part): string {
  return `${path}.records.ndjson`;
}

/** Whether a path that a reader reports belongs to the part. */
export function isReadAs(part: Part, path: string): boolean {
  return path === part.path || (part.selector !== undefined && path === recordsPath(part));
}

async function writeRecords(
  connection: DuckDBConnection,
  part: Part,
  target: string,
): Promise<boolean> {
  const source = documentsOf(part);
  const path = part.selector?.replace(/\[\*\]$/, '') ?? '$';
  const type = `json_type(json, ${literal(path)})`;
  const [found] = await readRows<{ type: string | null }>(
    connection,
    `SELECT max(${type}) AS type FROM ${source} WHERE ${type} IN ('ARRAY', 'OBJECT')`,
  );
  if (!found?.type) throw nothingThere(part, path);
  const records = `${path}${found.type === 'ARRAY' ? '[*]' : ''}`;
  const value = `json_extract(json, ${literal(records)})`;
  const rows = found.type === 'ARRAY' ? `unnest(${value})` : value;
  const writing = `${target}.part`;
  await rm(writing, { force: true });
  // No quotes and a delimiter that JSON escapes: each line is the text of one record.
  const count = await runSql(
    connection,
    `COPY (SELECT CAST(${rows} AS VARCHAR) FROM ${source}) TO ${literal(writing)}
     (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
  );
  await rename(writing, target);
  return count > 0;
}

function documentsOf(part: Part): string {
  const size = part.sizeBytes * (part.compression === 'none' ? 1 : COMPRESSION_RATIO);
  return `read_json_objects(${literal(part.path)}, format = 'unstructured',
    ${compressionOption(part)}, maximum_object_size = ${Math.max(MIN_OBJECT_BYTES, size + 1024)})`;
}

function nothingThere(part: Part, path: string): Error {
  return fail('source_selector_empty', `'${path}' finds no list or object in ${part.label}`, {
    hint: 'Set data_selector to the JSONPath of the list of records.',
    details: { selector: path, file: part.label },
  });
}
