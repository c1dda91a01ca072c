import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Part } from '../../engine/flow/part.ts';
import type { Preview } from '../../engine/flow/source.ts';
import { toDuckdbType } from './column-type.ts';
import { inferGroup, mergeColumns } from './parts/infer-columns.ts';
import { withConnection } from './dataset/with-connection.ts';
import { groupParts, PART_COLUMN, readGroup } from './parts/read-parts.ts';

/** A preview is one page or file; what needs more is told so. */
const LIMITS = {
  memory_limit: '512MiB',
  threads: '2',
  // Else it would spill into the folder in which the process was started.
  temp_directory: '',
};

/**
 * The first rows of parts that nobody loads, with their inferred columns under the names of the
 * source.
 * @throws file_unreadable, memory_exceeded, the reason of the signal
 */
export async function previewParts(
  parts: readonly Part[],
  limit: number,
  signal: AbortSignal,
): Promise<Preview> {
  const instance = await DuckDBInstance.create(':memory:', LIMITS);
  try {
    return await withConnection(
      () => instance.connect(),
      (connection) => previewOn(connection, parts, limit),
      signal,
    );
  } finally {
    instance.closeSync();
  }
}

async function previewOn(
  connection: DuckDBConnection,
  parts: readonly Part[],
  limit: number,
): Promise<Preview> {
  const groups = await groupParts(connection, parts);
  const inferred = [];
  for (const group of groups) inferred.push(await inferGroup(connection, group, 'sample'));
  const columns = mergeColumns(inferred).map(({ name, type }) => ({
    name,
    type: toDuckdbType(type),
  }));
  const [first] = inferred;
  if (!first) return { columns, rows: [] };
  const rows = await connection.runAndReadAll(
    `SELECT * EXCLUDE (${PART_COLUMN}) FROM (${readGroup(first.group, first.reading)})
     LIMIT ${limit}`,
  );
  return { columns, rows: rows.getRowObjectsJson() };
}
