import { DuckDBInstance } from '@duckdb/node-api';
import type { Part } from '../../engine/flow/part.ts';
import type { Preview } from '../../engine/flow/source.ts';
import { toDuckdbType } from './column-type.ts';
import { inferGroup, mergeColumns } from './parts/infer-columns.ts';
import { groupParts, PART_COLUMN, readGroup } from './parts/read-parts.ts';

/**
 * The first rows of parts that nobody loads, with their inferred columns under the names of the
 * source.
 * @throws file_unreadable
 */
export async function previewParts(parts: readonly Part[], limit: number): Promise<Preview> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
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
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
