import { AppError } from 'base/error.ts';
import type { ConfigStore } from '../../pipeline/config-store.ts';
import { loadTenantConfig } from '../../pipeline/load-tenant-config.ts';
import { tenantScope } from '../../tenant/tenant-scope.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import { declaredSchedules } from './declared-schedules.ts';
import type { ScheduleStore } from './schedule-store.ts';

export interface SyncDeps {
  readonly schedules: ScheduleStore;
  readonly configs: ConfigStore;
}

/** Stamps that are asked for at once; they are calls to a file system. */
const BATCH = 16;

/**
 * Reads the schedules of all tenants whose pipelines have changed since they were last read; how many
 * tenants those were. Safe to repeat, and in several processes at once.
 */
export async function syncAllSchedules(deps: SyncDeps): Promise<number> {
  const stamps = [...(await deps.schedules.listStamps())];
  let read = 0;
  for (let start = 0; start < stamps.length; start += BATCH) {
    const batch = stamps.slice(start, start + BATCH);
    const changed = await Promise.all(
      batch.map(([tenantId, stamp]) => syncTenant(tenantScope(tenantId), stamp, deps)),
    );
    read += changed.filter(Boolean).length;
  }
  return read;
}

/** As `syncAllSchedules`, for a tenant whose schedules somebody wants to see now. */
export async function syncSchedules(scope: TenantScope, deps: SyncDeps): Promise<void> {
  await syncTenant(scope, null, deps);
}

/**
 * False when nothing has changed since `known`. What cannot be read changes nothing either: the runs
 * of the schedules that are known will say what is wrong.
 */
async function syncTenant(
  scope: TenantScope,
  known: string | null,
  { schedules, configs }: SyncDeps,
): Promise<boolean> {
  try {
    // The stamp first: what changes while the files are read will have another one.
    const stamp = await configs.readPipelineStamp(scope);
    if (stamp === known) return false;
    const config = loadTenantConfig(await configs.readConfig(scope));
    await schedules.replaceSchedules(scope, declaredSchedules(config), stamp);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.kind === 'input' || error.kind === 'absent'))
      return false;
    throw error;
  }
}
