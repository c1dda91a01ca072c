import { setTimeout as wait } from 'node:timers/promises';
import { readRows } from '../../convergence/testing/read-rows.ts';
import type { SoakPlatform } from './soak-platform.ts';
import { PIPELINE } from './soak-tenant.ts';
import type { SoakTenant } from './soak-tenant.ts';

const AT_A_TIME = 16;
const LOOK_EVERY_MS = 100;

/** Triggers runs, each under a key of its own, and knows which were promised. */
export class SoakRuns {
  readonly #platform: SoakPlatform;
  /** Ids of the promised runs, by tenant. */
  readonly admitted = new Map<string, string[]>();
  #count = 0;

  constructor(platform: SoakPlatform) {
    this.#platform = platform;
  }

  /** One run of each; their ids when all were promised. */
  trigger(tenants: readonly SoakTenant[]): Promise<string[]> {
    return this.#triggerAll([...tenants]);
  }

  /** So many runs of one. `onHalf` is called when half of them were promised. */
  async flood(tenant: SoakTenant, count: number, onHalf?: () => Promise<void>): Promise<void> {
    const half = Math.floor(count / 2);
    await this.#triggerAll(Array.from({ length: half }, () => tenant));
    const rest = Array.from({ length: count - half }, () => tenant);
    await Promise.all([this.#triggerAll(rest), onHalf?.()]);
  }

  /** One run of each, to its end; how many milliseconds each waited for its first step. */
  async finish(tenants: readonly SoakTenant[]): Promise<number[]> {
    const runIds = await this.trigger(tenants);
    await this.untilEnded(tenants);
    const rows = await readRows<{ wait_ms: number }>(
      this.#platform.databaseUrl,
      `SELECT extract(epoch FROM min(s.started_at) - r.created_at)::float8 * 1000 AS wait_ms
       FROM tenants.tenant_pipeline_runs r JOIN tenants.tenant_step_logs s USING (run_id)
       WHERE r.run_id = ANY ($1) GROUP BY r.run_id`,
      [runIds],
    );
    return rows.map((row) => row.wait_ms);
  }

  /** How many runs of a tenant have not ended. */
  async countOpen(tenants: readonly SoakTenant[]): Promise<number> {
    const [row] = await readRows<{ open: number }>(
      this.#platform.databaseUrl,
      `SELECT count(*)::integer AS open FROM tenants.tenant_pipeline_execution_queue
       WHERE tenant_id = ANY ($1)`,
      [tenants.map(({ tenantId }) => tenantId)],
    );
    return row?.open ?? 0;
  }

  async untilEnded(tenants: readonly SoakTenant[]): Promise<void> {
    while ((await this.countOpen(tenants)) > 0) await wait(LOOK_EVERY_MS);
  }

  async #triggerAll(waiting: SoakTenant[]): Promise<string[]> {
    const runIds: string[] = [];
    const work = async () => {
      for (let tenant = waiting.shift(); tenant; tenant = waiting.shift()) {
        runIds.push(await this.#triggerOne(tenant));
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    return runIds;
  }

  async #triggerOne({ tenantId, key }: SoakTenant): Promise<string> {
    const route = `POST /api/v1/pipelines/run/${PIPELINE}`;
    const idempotencyKey = `soak-${(this.#count += 1)}`;
    const { pipeline_logging_id: runId } = await this.#platform.ask<{
      pipeline_logging_id: string;
    }>(route, { key, idempotencyKey });
    this.admitted.set(tenantId, [...(this.admitted.get(tenantId) ?? []), runId]);
    return runId;
  }
}
