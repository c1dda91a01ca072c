import type { PartStager, StagedParts } from '../../../engine/flow/part-stager.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import type { TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import type { Staged, StageRequest } from '../../../engine/flow/warehouse.ts';
import { storableType } from '../column-type.ts';
import { assertWidens, describeTable } from '../dataset/evolve-table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { loadFiles } from './load-files.ts';
import { sendRows } from './send-rows.ts';
import { writeQuarantine } from './quarantine.ts';
import { makeStaging, stagingFields, stagingTable } from './staging-table.ts';

export interface StagedLocally {
  readonly staged: Staged;
  /** Files on this machine, on which rules can be measured. */
  readonly parts: StagedParts;
}

/**
 * Parts to a staging table: typed, judged and written as Parquet on this machine, and loaded from
 * there. What was set aside is in the quarantine at once, as the load may be refused for it.
 * @throws what `PartStager.stage` does, type_conflict, and what a load job does
 */
export async function stageParts(
  dataset: TenantDataset,
  { request, stager }: { request: StageRequest; stager: PartStager },
  signal: AbortSignal,
): Promise<StagedLocally> {
  const { staging, loadId, table } = request;
  const plan = (incoming: readonly Column[]) => storablePlan(request.plan(incoming.map(storable)));
  const parts = await stager.stage(dataset.scope, { ...request, plan }, signal);
  try {
    const { staged, good, quarantine } = parts;
    assertWidens(table, (await describeTable(dataset, table)) ?? [], staged.plan);
    if (quarantine.length > 0) {
      await writeQuarantine(dataset, { staging, loadId, files: quarantine }, signal);
    }
    const fields = stagingFields(staged.plan.columns);
    const into = await makeStaging(dataset, { name: stagingTable(staging), fields }, signal);
    const isSent = await sendRows(dataset, { into, fields, parts }, signal);
    if (!isSent) await loadFiles(dataset, { into, fields, files: good }, signal);
    return { staged, parts };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function storable<C extends Column>(column: C): C {
  return { ...column, type: storableType(column.type) };
}

/** A schema file, too, may declare what BigQuery cannot hold. */
function storablePlan(plan: TablePlan): TablePlan {
  const columns = plan.columns.map(storable);
  const changes = plan.changes.map((change) =>
    'column' in change ? { ...change, column: storable(change.column) } : change,
  );
  return { ...plan, columns, changes };
}
