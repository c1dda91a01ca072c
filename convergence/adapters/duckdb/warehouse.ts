import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Clock } from 'base/clock.ts';
import type { Warehouse } from '../../engine/flow/warehouse.ts';
import type { WorkLimits } from '../../engine/tenant/plan/plan.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { createDataset } from './dataset/dataset.ts';
import { closeInstances, withInstance } from './instances.ts';
import type { InstanceOptions, InstancePlace } from './instances.ts';
import { createMetadataTables } from './ingest/metadata-tables.ts';

export interface DuckdbWarehouseOptions {
  /** Holds `warehouse/<tenant>.duckdb` and the parts under `parts/<tenant>/`. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** Of each open file; RSS is about 300 MB above it. Default: a quarter of the memory, 1 to 4 GiB. */
  readonly memoryLimitBytes?: number;
  /** What one tenant may take; absent: what the machine gives. */
  readonly readLimits?: (scope: TenantScope) => Promise<WorkLimits>;
  /** Small where other processes (the API beside a worker) use the same files. Default: 60 s. */
  readonly closeIdleMs?: number;
  /** How long to wait for another process that holds a file. Default: 5 s. */
  readonly lockWaitMs?: number;
}

const GIB = 1024 ** 3;

/**
 * One DuckDB file for each tenant: what is not in the file of a tenant, no SQL of that tenant can
 * name.
 */
export function createDuckdbWarehouse(options: DuckdbWarehouseOptions): Warehouse {
  const settings = instanceSettings(options);
  const files = new Set<string>();
  return {
    withDataset: async (scope, work) => {
      const place = placeOf(options.dataDir, scope.tenantId);
      files.add(place.file);
      const limits = await options.readLimits?.(scope);
      const dataset = { clock: options.clock, limits };
      return await withInstance(place, within(settings, limits), (connect) =>
        work(createDataset(connect, dataset)),
      );
    },
    close: () => closeInstances(files),
  };
}

export function instanceSettings(options: DuckdbWarehouseOptions): InstanceOptions {
  return {
    clock: options.clock,
    memoryLimitBytes: options.memoryLimitBytes ?? Math.min(4 * GIB, Math.max(GIB, totalmem() / 4)),
    threads: availableParallelism(),
    closeIdleMs: options.closeIdleMs ?? 60_000,
    lockWaitMs: options.lockWaitMs ?? 5000,
    prepare: createMetadataTables,
  };
}

/** Those of an instance count from when it is opened: a new plan needs a moment without work. */
function within(settings: InstanceOptions, limits: WorkLimits | undefined): InstanceOptions {
  if (!limits) return settings;
  const { maxMemoryBytes, maxTempBytes } = limits;
  const memoryLimitBytes = Math.min(settings.memoryLimitBytes, maxMemoryBytes);
  return { ...settings, memoryLimitBytes, maxTempBytes };
}

export function placeOf(dataDir: string, tenantId: string): InstancePlace {
  return {
    file: join(dataDir, 'warehouse', `${tenantId}.duckdb`),
    temporary: join(dataDir, 'warehouse', 'spill', tenantId),
    readable: [join(dataDir, 'parts', tenantId)],
  };
}
