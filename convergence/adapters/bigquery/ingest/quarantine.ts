import type { StagedFile } from '../../../engine/flow/part-stager.ts';
import { QUARANTINE_COLUMNS } from '../../../engine/flow/part-stager.ts';
import type { QuarantineGroup, StageRequest } from '../../../engine/flow/warehouse.ts';
import { TAKE_LOCK } from '../dataset/bookkeeping.ts';
import { runTransaction, selectRows } from '../dataset/run-sql.ts';
import { dropTable } from '../dataset/table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { quoteName } from '../sql-text.ts';
import { loadFiles } from './load-files.ts';
import { stagedField } from '../staged-type.ts';
import { makeStaging, stagingTable } from './staging-table.ts';

const EXAMPLES = 3;
const MAX_RECORD_CHARACTERS = 2_000;

/** Rows that were set aside replace those that an earlier attempt of the same load set aside. */
export async function writeQuarantine(
  dataset: TenantDataset,
  {
    staging,
    loadId,
    files,
  }: Pick<StageRequest, 'staging' | 'loadId'> & { files: readonly StagedFile[] },
  signal: AbortSignal,
): Promise<void> {
  const name = stagingTable(`${staging}_quarantine`);
  const fields = QUARANTINE_COLUMNS.map((column) => stagedField(column.name, column.type));
  const into = await makeStaging(dataset, { name, fields }, signal);
  try {
    await loadFiles(dataset, { into, fields, files }, signal);
    const names = QUARANTINE_COLUMNS.map((column) => quoteName(column.name));
    const sql = `BEGIN TRANSACTION;
${TAKE_LOCK};
DELETE FROM _quarantine WHERE load_id = @load_id;
INSERT INTO _quarantine (${names.join(', ')})
  SELECT ${names.join(', ')} FROM ${quoteName(name)};
COMMIT TRANSACTION;`;
    const parameters = { load_id: { type: 'STRING', value: loadId } } as const;
    await runTransaction(dataset, { sql, parameters }, signal);
  } finally {
    await dropTable(dataset, name);
  }
}

/** Of each rule, how many rows it set aside and the first few of them. */
export async function quarantineSummary(
  dataset: TenantDataset,
  runId: string,
): Promise<QuarantineGroup[]> {
  const sql = `SELECT table_name, rule, COUNT(*) AS group_rows, TO_JSON_STRING(ARRAY_AGG(
    STRUCT(part, \`row\`, SUBSTR(record, 1, ${MAX_RECORD_CHARACTERS}) AS record)
    ORDER BY part, \`row\` LIMIT ${EXAMPLES})) AS examples
  FROM _quarantine AS bad, UNNEST(bad.rules) AS rule
  WHERE run_id = @run_id GROUP BY table_name, rule ORDER BY group_rows DESC, table_name, rule`;
  const parameters = { run_id: { type: 'STRING', value: runId } } as const;
  const groups = await selectRows(dataset, { sql, parameters });
  return groups.map((group) => ({
    table: String(group.table_name),
    rule: String(group.rule),
    rows: Number(group.group_rows),
    examples: JSON.parse(String(group.examples)) as QuarantineGroup['examples'],
  }));
}
