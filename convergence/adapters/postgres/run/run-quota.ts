import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { Claim } from '../../../engine/run/run-queue.ts';
import type { RunQuota } from '../../../engine/run/execute/run-quota.ts';
import type { ReadPlans } from '../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { countLoad } from '../../../engine/tenant/usage/count-load.ts';
import type { CountedLoad, LoadSize } from '../../../engine/tenant/usage/count-load.ts';
import {
  currentUsage,
  findLoadsReached,
  findSurplusSources,
} from '../../../engine/tenant/usage/usage.ts';
import type { Standing, UsageCounters } from '../../../engine/tenant/usage/usage.ts';
import type { ControlDatabase, Db } from '../control-database.ts';
import { setUsage } from '../tenant/usage-row.ts';
import { toJson } from '../to-json.ts';
import { lockTenant } from './admit-run.ts';

export interface RunQuotaDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly readPlans: ReadPlans;
}

/** Rows and bytes in `tenant_usage_quotas`, each load once by what its first run notes of it. */
export class PostgresRunQuota implements RunQuota {
  readonly #database: ControlDatabase;
  readonly #deps: RunQuotaDeps;

  constructor(database: ControlDatabase, deps: RunQuotaDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  checkSources(claim: Claim, sources: number): Promise<void> {
    return this.#standing(claim, async (db, { plan }) => {
      await sql`UPDATE tenants.tenant_usage_quotas SET sources = ${sources}
        WHERE tenant_id = ${claim.tenantId} AND sources <> ${sources}`.execute(db);
      return () => {
        const error = findSurplusSources(plan, sources);
        if (error) throw error;
      };
    });
  }

  checkLeft(claim: Claim): Promise<void> {
    return this.#standing(claim, async (_, standing) => () => {
      const error = findLoadsReached(standing);
      if (error) throw error;
    });
  }

  countLoad(claim: Claim, loadId: string, size: LoadSize): Promise<void> {
    return this.#standing(claim, async (db, standing) => {
      const { [loadId]: earlier } = await readCounted(db, claim);
      const { usage, counted } = countLoad(standing, earlier, size);
      await writeCounted(db, claim, { usage, counted: { [loadId]: counted } });
      return () => {};
    });
  }

  /** In one transaction that holds the counters of the tenant; what `work` gives is called after it. */
  async #standing(
    claim: Claim,
    work: (db: Db, standing: Standing) => Promise<() => void>,
  ): Promise<void> {
    const scope = tenantScope(claim.tenantId);
    const plans = await this.#deps.readPlans();
    const conclude = await this.#database.withTenant(scope, async (db) => {
      const { tenant, plan, usage } = await lockTenant(db, { scope, plans });
      const { timeZone } = tenant;
      const now = this.#deps.clock.now();
      return await work(db, { plan, usage: currentUsage(usage, now, timeZone), now, timeZone });
    });
    conclude();
  }
}

type CountedLoads = Readonly<Record<string, CountedLoad>>;

/** Locks the place of the run in the queue, which a newer claim of it would change. */
async function readCounted(db: Db, { run, fence, rootRunId }: Claim): Promise<CountedLoads> {
  const { rows } = await sql<{ counted: CountedLoads | null }>`
    SELECT root.counted_loads AS counted
    FROM tenants.tenant_pipeline_execution_queue q
    JOIN tenants.tenant_pipeline_runs root ON root.run_id = ${rootRunId}::uuid
    WHERE q.run_id = ${run.runId}::uuid AND q.fence = ${String(fence)}::bigint
    FOR UPDATE OF q`.execute(db);
  const [row] = rows;
  if (row) return row.counted ?? {};
  throw fail('lease_lost', `Another worker holds run ${run.runId}, or the run has ended.`, {
    details: { runId: run.runId },
  });
}

async function writeCounted(
  db: Db,
  { tenantId, rootRunId }: Claim,
  { usage, counted }: { usage: UsageCounters; counted: CountedLoads },
): Promise<void> {
  await sql`UPDATE tenants.tenant_usage_quotas SET ${setUsage(usage)}
    WHERE tenant_id = ${tenantId}`.execute(db);
  await sql`UPDATE tenants.tenant_pipeline_runs
    SET counted_loads = coalesce(counted_loads, '{}') || ${toJson(counted)}::jsonb
    WHERE run_id = ${rootRunId}::uuid`.execute(db);
}
