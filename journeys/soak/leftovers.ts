import { readRows } from '../../convergence/testing/read-rows.ts';
import type { SoakPlatform } from './soak-platform.ts';
import { LOAD } from './soak-tenant.ts';
import type { SoakTenant } from './soak-tenant.ts';

/** What a soak has left; all but `runs` is empty when nothing was lost, doubled or miscounted. */
export interface Leftovers {
  /** That were promised. */
  readonly runs: number;
  /** Promised runs that are not there. */
  readonly lost: readonly string[];
  /** Runs that nobody was promised. */
  readonly unasked: readonly string[];
  /** Runs that ended otherwise than COMPLETE, with their failure. */
  readonly unfinished: readonly string[];
  /** Counters that differ from what the promised runs have loaded. */
  readonly miscounted: readonly string[];
  /** Runs whose log does not tell one way from PENDING to one end. */
  readonly disordered: readonly string[];
}

export async function readLeftovers(
  platform: SoakPlatform,
  tenants: readonly SoakTenant[],
  admitted: ReadonlyMap<string, readonly string[]>,
): Promise<Leftovers> {
  const stored = await readRows<StoredRun>(
    platform.databaseUrl,
    `SELECT run_id, status, failure->>'message' AS failure, (
       SELECT json_agg(json_build_array(step_name, detail->>'status') ORDER BY event_id)
       FROM convergence.run_events e WHERE e.run_id = r.run_id AND kind = 'state') AS states
     FROM tenants.tenant_pipeline_runs r`,
  );
  const promised = new Set([...admitted.values()].flat());
  const there = new Set(stored.map(({ run_id }) => run_id));
  return {
    runs: promised.size,
    lost: [...promised].filter((runId) => !there.has(runId)),
    unasked: [...there].filter((runId) => !promised.has(runId)),
    unfinished: stored.flatMap(({ run_id, status, failure }) =>
      status === 'COMPLETE' ? [] : [`${run_id} ${status} ${failure}`],
    ),
    miscounted: (
      await Promise.all(tenants.map((tenant) => miscountsOf(platform, tenant, admitted)))
    ).flat(),
    disordered: stored.flatMap(({ run_id, states }) => {
      const told = states.map(([step, status]) => (step ? `${step} ${status}` : status)).join(', ');
      return ONE_WAY.test(told) ? [] : [`${run_id} ${told}`];
    }),
  };
}

interface StoredRun {
  readonly run_id: string;
  readonly status: string;
  readonly failure: string | null;
  readonly states: readonly (readonly [step: string | null, status: string])[];
}

/** A worker that is killed leaves a run to the next, which begins an unfinished step anew. */
const ONE_WAY =
  /^PENDING, (RUNNING, (load RUNNING, )?(PENDING, )?)*(load COMPLETE, (PENDING, RUNNING, |RUNNING, )*)COMPLETE$/;

async function miscountsOf(
  platform: SoakPlatform,
  { tenantId, key }: SoakTenant,
  admitted: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const { limits } = await platform.ask<{ limits: { name: string; used: number }[] }>(
    'GET /api/v1/tenants/me/usage',
    { key },
  );
  const runs = admitted.get(tenantId)?.length ?? 0;
  const expected: Record<string, number> = {
    runs_per_day: runs,
    runs_per_month: runs,
    rows_per_day: runs * LOAD.rows,
    rows_per_month: runs * LOAD.rows,
    bytes_per_day: runs * LOAD.bytes,
    bytes_per_month: runs * LOAD.bytes,
  };
  const used = Object.fromEntries(limits.map((limit) => [limit.name, limit.used]));
  return Object.entries(expected)
    .filter(([name, count]) => used[name] !== count)
    .map(([name, count]) => `${tenantId} ${name}: ${used[name]}, not ${count}`);
}
