import type { PartStager, StagedParts } from '../../engine/flow/part-stager.ts';
import type { Warehouse } from '../../engine/flow/warehouse.ts';
import type { WorkLimits } from '../../engine/tenant/plan/plan.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { failureOf } from './client/translate-error.ts';
import { makeTenantDataset } from './dataset/make-dataset.ts';
import { createDataset } from './dataset/dataset.ts';
import { openTenantDataset } from './dataset/tenant-dataset.ts';
import type { DatasetOptions, TenantDataset } from './dataset/tenant-dataset.ts';
import { createReading } from './query/reading.ts';

export interface BigQueryWarehouseOptions extends DatasetOptions {
  /** Types and judges rows on this machine. */
  readonly stager: PartStager;
  /** What one tenant may take; absent: what BigQuery gives. */
  readonly readLimits?: (scope: TenantScope) => Promise<WorkLimits>;
}

/** What a process keeps of a tenant. */
interface OpenDataset {
  readonly dataset: TenantDataset;
  readonly made: Promise<void>;
  readonly staged: Map<string, StagedParts>;
}

/** One dataset for each tenant, made when it is first used. */
export function createBigQueryWarehouse(options: BigQueryWarehouseOptions): Warehouse {
  const { stager, readLimits } = options;
  const open = new Map<string, OpenDataset>();
  const take = async (scope: TenantScope): Promise<OpenDataset> => {
    const dataset = await openTenantDataset(scope, options);
    const known = open.get(scope.tenantId);
    // Another account works on the same tables, but has to be let in.
    if (known?.dataset.client === dataset.client) return known;
    const made = makeTenantDataset(dataset);
    const staged = known?.staged ?? new Map<string, StagedParts>();
    const opened = { dataset, made, staged };
    open.set(scope.tenantId, opened);
    made.catch(() => open.delete(scope.tenantId));
    return opened;
  };
  return {
    async withDataset(scope, work) {
      const { dataset, made, staged } = await take(scope);
      try {
        await made;
        const limits = await readLimits?.(scope);
        const reading = createReading(dataset, limits);
        return await work(createDataset(dataset, { stager, staged, reading }));
      } catch (error) {
        // It may have been removed with its tenant, by another process: then it is made anew.
        if (failureOf(error)?.status === 404) open.delete(scope.tenantId);
        throw error;
      }
    },
    async close() {
      for (const { staged } of open.values()) {
        for (const parts of staged.values()) await parts.close();
      }
      open.clear();
      options.writer?.close();
    },
  };
}
