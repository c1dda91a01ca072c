import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column, ColumnType } from '../../../engine/flow/normalize/column.ts';
import type { StagedFile } from '../../../engine/flow/part-stager.ts';
import { identifier, literal, readRows, runSql } from '../run-sql.ts';

export interface RowsToExport {
  /** A table, and perhaps a condition. */
  readonly from: string;
  readonly columns: readonly Column[];
  /** Further expressions with their names. */
  readonly extra?: readonly string[];
  /** Made here. */
  readonly folder: string;
  /** About; a file ends with the row group that reaches it. */
  readonly fileBytes: number;
}

/** Rows as Parquet files in the form that `StagedParts` promises; none where there is no row. */
export async function exportRows(
  connection: DuckDBConnection,
  { from, columns, extra = [], folder, fileBytes }: RowsToExport,
): Promise<StagedFile[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const values = columns.map(
    ({ name, type }) => `${portable(identifier(name), type)} AS ${identifier(name)}`,
  );
  const written = await runSql(
    connection,
    `COPY (SELECT ${[...values, ...extra].join(', ')} FROM ${from}) TO ${literal(folder)}
     (FORMAT parquet, COMPRESSION zstd, FILE_SIZE_BYTES ${fileBytes}, OVERWRITE true)`,
  );
  return written === 0 ? [] : listFiles(connection, folder);
}

async function listFiles(connection: DuckDBConnection, folder: string): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    const [file] = await readRows<{ rows: bigint }>(
      connection,
      `SELECT num_rows AS rows FROM parquet_file_metadata(${literal(path)})`,
    );
    const rows = Number(file?.rows ?? 0);
    if (rows > 0) files.push({ path, rows, sizeBytes: (await stat(path)).size });
  }
  return files;
}

function portable(value: string, type: ColumnType, depth = 0): string {
  if (type.kind === 'json' || type.kind === 'uuid' || type.kind === 'time') {
    return `CAST(${value} AS VARCHAR)`;
  }
  // Without a zone, Parquet's times are read as UTC by some and refused by others.
  if (type.kind === 'timestamp') return `(${value} AT TIME ZONE 'UTC')`;
  if (type.kind === 'array') return portableList(value, type.element, depth);
  if (type.kind !== 'struct') return value;
  const fields = type.fields.map((field) => {
    const inner = `struct_extract(${value}, ${literal(field.name)})`;
    return `${identifier(field.name)} := ${portable(inner, field.type, depth)}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
}

function portableList(value: string, element: ColumnType, depth: number): string {
  const one = `x${depth}`;
  const given = `list_filter(${value}, lambda ${one}: ${one} IS NOT NULL)`;
  const inner = portable(one, element, depth + 1);
  return inner === one ? given : `list_transform(${given}, lambda ${one}: ${inner})`;
}
