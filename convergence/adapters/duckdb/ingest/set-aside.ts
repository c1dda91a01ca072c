import type { DuckDBConnection } from '@duckdb/node-api';
import type { Measurement } from '../../../engine/flow/check/measurement.ts';
import type { TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import type { StageRequest } from '../../../engine/flow/warehouse.ts';
import { ruleId } from '../../../engine/pipeline/spec/check-spec.ts';
import type { RowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import { measureRules } from '../query/measure-rules.ts';
import { rowRuleFails } from '../query/rule-sql.ts';
import { identifier, literal, readRows, runSql } from '../run-sql.ts';
import { PART_COLUMN } from '../parts/read-parts.ts';
import { isReadAs } from '../parts/select-records.ts';
import { refusals } from './staging-query.ts';

interface Judged {
  readonly request: StageRequest;
  readonly plan: TablePlan;
  readonly rules: readonly RowRule[];
  /** Row id of the first row of each part, by path. */
  readonly firstRows: ReadonlyMap<string, number>;
}

interface SetAside {
  readonly measurements: Measurement[];
  readonly rowsQuarantined: number;
  readonly rowsGood: number;
}

/** What rows break that do not fit the types or columns that the contract holds on to. */
const CONTRACT = 'schema_contract';

/**
 * Measures row rules on the staging table, and moves the rows that break one of severity error to
 * the quarantine. Within a transaction, and before anything else is: row ids are row numbers as
 * long as the table has not been rewritten.
 */
export async function setAside(connection: DuckDBConnection, judged: Judged): Promise<SetAside> {
  const { request, plan, rules } = judged;
  const { staging, loadId, loadedAt } = request;
  await runSql(connection, 'DELETE FROM _quarantine WHERE load_id = $1', [loadId]);
  const measurements = await measureRules(connection, {
    table: staging,
    columns: plan.columns,
    rules,
    now: loadedAt,
  });
  const failed = rules.filter((rule, index) => {
    const measured = measurements[index];
    return rule.severity === 'error' && measured && measured.rowsFailed > 0 && !measured.problem;
  });
  const reasons = [
    ...contractBreaches(plan).map((test) => ({ id: CONTRACT, test })),
    ...failed.map((rule) => ({ id: ruleId(rule), test: rowRuleFails(rule, plan.columns) })),
  ];
  const rowsQuarantined = reasons.length > 0 ? await quarantine(connection, judged, reasons) : 0;
  const [left] = await readRows<{ rows: bigint }>(
    connection,
    `SELECT count(*) AS rows FROM ${identifier(staging)}`,
  );
  return { measurements, rowsQuarantined, rowsGood: Number(left?.rows ?? 0) };
}

function contractBreaches(plan: TablePlan): string[] {
  const required = plan.columns.filter(({ nullable }) => nullable === false);
  const tests = [
    ...refusals(plan).map(({ helper }) => `${helper} IS NOT NULL`),
    ...required.map(({ name }) => `${identifier(name)} IS NULL`),
  ];
  return tests.length > 0 ? [`(${tests.join(' OR ')})`] : [];
}

async function quarantine(
  connection: DuckDBConnection,
  { request, plan, firstRows }: Judged,
  reasons: readonly { id: string; test: string }[],
): Promise<number> {
  const staging = identifier(request.staging);
  const bad = reasons.map(({ test }) => test).join(' OR ');
  const broken = reasons.map(({ id, test }) => `CASE WHEN ${test} THEN ${literal(id)} END`);
  const parts = [...firstRows].map(([path, row]) => {
    const label = request.parts.find((part) => isReadAs(part, path))?.label ?? 'part';
    return `(${literal(path)}, ${literal(label)}, ${row})`;
  });
  if (parts.length === 0) return 0;
  await runSql(
    connection,
    `INSERT INTO _quarantine
     WITH parts(path, label, first_row) AS (VALUES ${parts.join(', ')})
     SELECT $1, $2, $3, label, staged.rowid - first_row + 1,
       list_filter([${broken.join(', ')}], lambda rule: rule IS NOT NULL),
       ${recordOf(plan)}, $4::VARCHAR::TIMESTAMPTZ
     FROM ${staging} AS staged JOIN parts ON path = ${PART_COLUMN}
     WHERE ${bad} ORDER BY staged.rowid`,
    [request.runId, request.loadId, request.table, request.loadedAt.toISOString()],
  );
  return runSql(connection, `DELETE FROM ${staging} WHERE ${bad}`);
}

/** The row as JSON, with what was refused under the names of the source. */
function recordOf(plan: TablePlan): string {
  const fields = plan.columns.map(
    ({ name }) => `${identifier(name)} := staged.${identifier(name)}`,
  );
  const record = `to_json(struct_pack(${fields.join(', ')}))`;
  // A null in a merge patch takes a field away, so only values that are there are patched in.
  const patches = refusals(plan).map(
    ({ helper, source }) =>
      `CASE WHEN ${helper} IS NULL THEN '{}'::JSON ELSE json_object(${literal(source)}, ${helper}) END`,
  );
  return patches.length === 0 ? record : `json_merge_patch(${[record, ...patches].join(', ')})`;
}
