import { sql } from 'kysely';
import type {
  DueSchedule,
  PreparedRun,
  SettledRun,
} from '../../../../engine/run/schedule/schedule-store.ts';
import { nextStart } from '../../../../engine/run/schedule/schedule.ts';
import type { Schedule } from '../../../../engine/run/schedule/schedule.ts';
import {
  dayOf,
  missedFailure,
  settleMoment,
} from '../../../../engine/run/schedule/settle-moment.ts';
import type { Settlement } from '../../../../engine/run/schedule/settle-moment.ts';
import type { Run } from '../../../../engine/run/run.ts';
import type { Plans } from '../../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { Db } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';
import { admitRun, refuseRun } from '../admit-run.ts';
import type { AdmittedRun } from '../admit-run.ts';
import { readSchedules, tryLockTenant } from './schedule-row.ts';

export interface Settling {
  readonly due: Pick<DueSchedule, 'tenantId' | 'pipelineId'>;
  readonly prepared: PreparedRun;
  readonly now: Date;
  /** Of the run, if one is made. */
  readonly runId: string;
  readonly plans: Plans;
}

const NOTHING = { outcome: 'none', isMore: false, runIds: [] } as const;

/**
 * In the transaction of the tenant. Who does not get the lock goes on to other tenants, so that
 * schedulers share the work; the key of the moment would stop whoever came past the lock.
 */
export async function settleNext(
  db: Db,
  settling: Settling,
): Promise<SettledRun & { runIds: readonly string[] }> {
  const { due, now } = settling;
  const scope = tenantScope(due.tenantId);
  if (!(await tryLockTenant(db, scope))) return NOTHING;
  const [schedule] = await readSchedules(db, scope, due.pipelineId);
  if (!schedule?.nextAt || schedule.nextAt > now) return NOTHING;
  const settlement = settleMoment(schedule, now);
  if (!settlement) {
    const nextAt = nextStart(schedule, schedule.settledUntil);
    // The rules of its time zone have changed since it was written.
    await moveOn(db, schedule, { dueAt: schedule.settledUntil, nextAt });
    return NOTHING;
  }
  const isMore = settlement.nextAt !== null && settlement.nextAt <= now;
  const isFirst = await recordMoment(db, schedule, { settlement, now });
  await moveOn(db, schedule, settlement);
  if (!isFirst) return { ...NOTHING, isMore };
  if (settlement.outcome === 'miss') return { outcome: 'missed', isMore, runIds: [] };
  const { run, cancelled } = await startRun(db, schedule, { ...settling, settlement });
  const outcome = run.status === 'PENDING' ? 'started' : 'refused';
  return { outcome, isMore, runIds: [run.runId, ...cancelled] };
}

/** False when the moment has been settled before. */
async function recordMoment(
  db: Db,
  schedule: Schedule,
  { settlement, now }: { settlement: Settlement; now: Date },
): Promise<boolean> {
  const { outcome, dueAt, missedSince } = settlement;
  const failure = outcome === 'miss' ? toJson(missedFailure(settlement)) : null;
  const { rows } = await sql`
    INSERT INTO tenants.tenant_scheduled_pipeline_runs (tenant_id, pipeline_id, due_at, fired_at,
      failure, missed_since)
    VALUES (${schedule.tenantId}, ${schedule.pipelineId}, ${dueAt}, ${now}, ${failure}::jsonb,
      ${missedSince})
    ON CONFLICT DO NOTHING RETURNING due_at`.execute(db);
  return rows.length > 0;
}

async function moveOn(
  db: Db,
  schedule: Schedule,
  { dueAt, nextAt }: Pick<Settlement, 'dueAt' | 'nextAt'>,
): Promise<void> {
  await sql`
    UPDATE convergence.schedules SET settled_until = ${dueAt}, next_at = ${nextAt}
    WHERE tenant_id = ${schedule.tenantId} AND pipeline_id = ${schedule.pipelineId}`.execute(db);
}

async function startRun(
  db: Db,
  schedule: Schedule,
  { prepared, settlement, runId, now, plans }: Settling & { settlement: Settlement },
): Promise<AdmittedRun> {
  const { tenantId, pipelineId, timeZone } = schedule;
  const interval = dayOf(settlement.dueAt, timeZone);
  const fresh = { scope: tenantScope(tenantId), runId, now, plans };
  const request = { pipelineId, triggerBy: 'schedule', parameters: {}, interval };
  const admitted =
    'refusal' in prepared
      ? unadmitted(await refuseRun(db, { ...fresh, request }, prepared.refusal))
      : await admitRun(db, {
          ...fresh,
          request: { ...prepared.request, interval, recordRefusal: true },
        });
  await sql`
    UPDATE tenants.tenant_scheduled_pipeline_runs SET run_id = ${admitted.run.runId}
    WHERE tenant_id = ${tenantId} AND pipeline_id = ${pipelineId}
      AND due_at = ${settlement.dueAt}`.execute(db);
  return admitted;
}

function unadmitted(run: Run): AdmittedRun {
  return { run, cancelled: [] };
}
