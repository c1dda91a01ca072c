import { parseDuration } from 'base/duration.ts';
import { explainCron } from '../../pipeline/document/cron.ts';
import type { PipelineSpec } from '../../pipeline/spec/pipeline-spec.ts';
import type { TenantConfig } from '../../pipeline/tenant-config.ts';
import { isTimeZone } from '../../tenant/local-day.ts';
import { nextStart } from './schedule.ts';
import type { DeclaredSchedule, Schedule } from './schedule.ts';

/** The schedules of a tenant's configs, as far as they can be understood. */
export interface DeclaredSchedules {
  readonly schedules: readonly DeclaredSchedule[];
  /** Pipelines that declare none now, although nobody knows for sure. */
  readonly unclear: ReadonlySet<string>;
  /** True: there are files of which it is not even known which pipeline they declare. */
  readonly hasPuzzles: boolean;
}

export function declaredSchedules(config: TenantConfig): DeclaredSchedules {
  const schedules = [...config.pipelines.values()].flatMap(
    (pipeline) => scheduleOf(pipeline) ?? [],
  );
  const clear = [...config.pipelines.values()].filter(
    (pipeline) => !pipeline.schedule || scheduleOf(pipeline),
  );
  const unclear = new Set(config.pipelineFiles.keys());
  for (const { pipeline_id } of clear) unclear.delete(pipeline_id);
  const understood = new Set(config.pipelineFiles.values());
  const hasPuzzles = config.problems.some(
    ({ file }) => file.startsWith('pipelines/') && !understood.has(file),
  );
  return { schedules, unclear, hasPuzzles };
}

function scheduleOf({ pipeline_id, schedule }: PipelineSpec): DeclaredSchedule | null {
  if (!schedule || explainCron(schedule.cron) !== null || !isTimeZone(schedule.timezone))
    return null;
  const { cron, timezone: timeZone, missed } = schedule;
  return {
    pipelineId: pipeline_id,
    cron,
    timeZone,
    missed,
    jitterMs: parseDuration(schedule.jitter),
  };
}

export interface KnownSchedules {
  readonly tenantId: string;
  readonly known: readonly Schedule[];
  readonly now: Date;
}

/**
 * What has to be stored for the schedules to be as declared. A new schedule, and one whose times have
 * changed, has nothing to make up for: its moments count from now. One whose config is broken stays,
 * and its runs will say what is wrong.
 */
export function changedSchedules(
  { schedules, unclear, hasPuzzles }: DeclaredSchedules,
  { tenantId, known, now }: KnownSchedules,
): Schedule[] {
  const before = new Map(known.map((schedule) => [schedule.pipelineId, schedule]));
  const changed = schedules.flatMap((declared) => {
    const old = before.get(declared.pipelineId);
    return old && isSame(old, declared) ? [] : [updated({ tenantId, ...declared }, old, now)];
  });
  const there = new Set(schedules.map(({ pipelineId }) => pipelineId));
  const gone = known.filter(
    ({ pipelineId, declared }) =>
      declared && !there.has(pipelineId) && !unclear.has(pipelineId) && !hasPuzzles,
  );
  return [...changed, ...gone.map((old) => ({ ...old, declared: false, nextAt: null }))];
}

function isSame(old: Schedule, declared: DeclaredSchedule): boolean {
  const { missed, jitterMs } = declared;
  return (
    old.declared && keepsTime(old, declared) && old.missed === missed && old.jitterMs === jitterMs
  );
}

function keepsTime(old: Schedule, { cron, timeZone }: DeclaredSchedule): boolean {
  return old.declared && old.cron === cron && old.timeZone === timeZone;
}

function updated(
  declared: DeclaredSchedule & { tenantId: string },
  old: Schedule | undefined,
  now: Date,
): Schedule {
  const { disabledAt = null, disabledBy = null } = old ?? {};
  const settledUntil = old && keepsTime(old, declared) ? old.settledUntil : now;
  const nextAt = disabledAt ? null : nextStart(declared, settledUntil);
  return { ...declared, declared: true, disabledAt, disabledBy, settledUntil, nextAt };
}
