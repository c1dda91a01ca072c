import type { PartStager, StagedParts } from '../../../engine/flow/part-stager.ts';
import type { Dataset } from '../../../engine/flow/warehouse.ts';
import type { Measurement } from '../../../engine/flow/check/measurement.ts';
import type { Rule } from '../../../engine/pipeline/spec/check-spec.ts';
import { raiseFence } from '../ingest/fence.ts';
import { findLoad, readState } from '../ingest/load-records.ts';
import { publishStaging } from '../ingest/publish.ts';
import { quarantineSummary } from '../ingest/quarantine.ts';
import { stageParts } from '../ingest/stage.ts';
import { stagingTable } from '../ingest/staging-table.ts';
import { describeTable } from './evolve-table.ts';
import { dropTable } from './table.ts';
import type { TenantDataset } from './tenant-dataset.ts';

/** What of a dataset reads tables and builds them with SQL of the tenant. */
export type Reading = Pick<
  Dataset,
  | 'measure'
  | 'dialect'
  | 'referencedTables'
  | 'buildModel'
  | 'listTables'
  | 'tableDetail'
  | 'previewTable'
  | 'query'
>;

export interface DatasetParts {
  readonly stager: PartStager;
  /** Rows that were staged on this machine, by the name of their staging table. */
  readonly staged: Map<string, StagedParts>;
  readonly reading: Reading;
}

/** The tables of one tenant in BigQuery. */
export function createDataset(
  dataset: TenantDataset,
  { stager, staged, reading }: DatasetParts,
): Dataset {
  const forget = async (staging: string) => {
    await staged.get(staging)?.close();
    staged.delete(staging);
  };
  return {
    ...reading,
    findLoad: (loadId) => findLoad(dataset, loadId),
    raiseFence: (runId, fence) => raiseFence(dataset, runId, fence),
    readState: (key) => readState(dataset, key),
    describeTable: (table) => describeTable(dataset, table),
    async stage(request, signal) {
      await forget(request.staging);
      const local = await stageParts(dataset, { request, stager }, signal);
      staged.set(request.staging, local.parts);
      return local.staged;
    },
    measure: (table, rules, signal) => {
      const parts = staged.get(table);
      if (!parts) return reading.measure(table, rules, signal);
      const there = (own: readonly Rule[]) => reading.measure(stagingTable(table), own, signal);
      return measureStaged(rules, { here: (own) => parts.measure(own, signal), there });
    },
    publish: (request, signal) => publishStaging(dataset, request, signal),
    async dropStaging(table) {
      await forget(table);
      await dropTable(dataset, stagingTable(table));
    },
    quarantineSummary: (runId) => quarantineSummary(dataset, runId),
  };
}

/**
 * Rows that are still on this machine are measured here, for nothing; SQL of the tenant is GoogleSQL
 * and may read other tables, so it runs in BigQuery.
 */
async function measureStaged(
  rules: readonly Rule[],
  measure: Record<'here' | 'there', (rules: readonly Rule[]) => Promise<Measurement[]>>,
): Promise<Measurement[]> {
  const there = rules.filter(({ rule }) => rule === 'unexpected_rows_query');
  const here = rules.filter((rule) => !there.includes(rule));
  const measured = [
    ...(here.length > 0 ? await measure.here(here) : []),
    ...(there.length > 0 ? await measure.there(there) : []),
  ];
  return rules.flatMap((rule) => measured.find((one) => one.rule === rule) ?? []);
}
