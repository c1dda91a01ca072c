import { AppError } from 'base/error.ts';
import type { ConfigStore } from '../../pipeline/config-store.ts';
import { loadTenantConfig } from '../../pipeline/load-tenant-config.ts';
import type { TenantConfig } from '../../pipeline/tenant-config.ts';
import type { SecretStore } from '../../tenant/secret-store.ts';
import { tenantScope } from '../../tenant/tenant-scope.ts';
import { failureOf } from '../execute/failure.ts';
import { runRequestOf } from '../run-request.ts';
import type { DueSchedule, PreparedRun, ScheduleStore } from './schedule-store.ts';

export interface FireDeps {
  readonly schedules: ScheduleStore;
  readonly configs: ConfigStore;
  readonly secrets: SecretStore;
}

/** What became of the moments that had come. */
export interface Fired {
  /** Runs that wait in the queue now. */
  started: number;
  /** Runs that ended before they began; each says why. */
  refused: number;
  /** Moments for which it was too late, by the choice of their schedules. */
  missed: number;
  /** Schedules that could not be settled; they stay due. */
  readonly problems: unknown[];
}

const PAGE = 500;
/** Tenants that are served at once: each is a transaction after the other. */
const PARALLEL = 4;

/**
 * Settles every moment of every schedule that has come: starts its run, or records why not. Any
 * number of processes may do this at the same time, and be killed while they do.
 */
export async function fireDue(deps: FireDeps): Promise<Fired> {
  const fired: Fired = { started: 0, refused: 0, missed: 0, problems: [] };
  for (let after: DueSchedule | undefined; ;) {
    const due = await deps.schedules.listDue({ limit: PAGE, after });
    const tenants = [...Map.groupBy(due, ({ tenantId }) => tenantId).values()];
    const serve = async () => {
      for (let next = tenants.pop(); next; next = tenants.pop())
        await fireTenant(next, fired, deps);
    };
    await Promise.all(Array.from({ length: PARALLEL }, serve));
    after = due.at(-1);
    if (due.length < PAGE) return fired;
  }
}

/** All of one tenant, which is read once. */
async function fireTenant(due: readonly DueSchedule[], fired: Fired, deps: FireDeps) {
  let config: Promise<TenantConfig> | undefined;
  const readConfig = (tenantId: string) => (config ??= readTenant(tenantId, deps));
  for (const schedule of due) {
    try {
      const prepared = await prepareRun(schedule, readConfig);
      for (let isMore = true; isMore;) {
        const settled = await deps.schedules.settleNext(schedule, prepared);
        if (settled.outcome !== 'none') fired[settled.outcome] += 1;
        isMore = settled.isMore;
      }
    } catch (error) {
      fired.problems.push(error);
    }
  }
}

async function readTenant(tenantId: string, { configs, secrets }: FireDeps): Promise<TenantConfig> {
  const scope = tenantScope(tenantId);
  const files = await configs.readConfig(scope);
  return loadTenantConfig(files, await secrets.listSecrets(scope));
}

/** Mistakes of the tenant are the reason of a run that cannot start; what may pass is tried again. */
async function prepareRun(
  { tenantId, pipelineId }: DueSchedule,
  readConfig: (tenantId: string) => Promise<TenantConfig>,
): Promise<PreparedRun> {
  try {
    const asked = { pipelineId, triggerBy: 'schedule', parameters: {} };
    return { request: runRequestOf(await readConfig(tenantId), asked) };
  } catch (error) {
    const isMistake = error instanceof AppError && !/^(?:transient|broken)$/.test(error.kind);
    if (isMistake) return { refusal: failureOf(error, []) };
    throw error;
  }
}
