import { fail } from '../../../../engine/error-codes.ts';
import { syncSchedules } from '../../../../engine/run/schedule/sync-schedules.ts';
import { upcoming } from '../../../../engine/run/schedule/schedule.ts';
import type { Schedule, SettledMoment } from '../../../../engine/run/schedule/schedule.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { authorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  scheduleAnswer,
  scheduleListAnswer,
  scheduleListQuery,
  scheduleParams,
} from '../../contract/run/schedule.ts';
import type { ScheduleAnswer } from '../../contract/run/schedule.ts';

type ScheduleDeps = Pick<ApiDeps, 'schedules' | 'configs' | 'clock'>;
type Listed = Schedule & { readonly last: SettledMoment | null };

const tags = ['schedules'];
const root = '/api/v1/schedules';
const NEXT = 3;

export function addScheduleRoutes(api: Api, deps: ScheduleDeps): void {
  const list = {
    tags,
    summary: 'When the pipelines of the caller run by themselves.',
    querystring: scheduleListQuery,
    response: { 200: scheduleListAnswer },
  };
  api.get(root, { config: { access: 'read' }, schema: list }, async (request) => {
    const scope = scopeOf(request);
    await syncSchedules(scope, deps);
    const schedules = await deps.schedules.listSchedules(scope);
    return { schedules: schedules.map((one) => presentSchedule(one, request.query.next)) };
  });
  addSwitch(api, deps, true);
  addSwitch(api, deps, false);
}

function addSwitch(api: Api, deps: ScheduleDeps, isEnabled: boolean): void {
  const schema = {
    tags,
    summary: isEnabled
      ? 'Let a schedule go on; moments that have passed meanwhile are not made up for.'
      : 'Stop a schedule until it is enabled again; its file stays as it is.',
    params: scheduleParams,
    response: { 200: scheduleAnswer },
  };
  const url = `${root}/:pipeline_id/${isEnabled ? 'enable' : 'disable'}`;
  api.post(url, { config: { access: 'configure' }, schema }, async (request) => {
    const scope = scopeOf(request);
    const { pipeline_id: pipelineId } = request.params;
    await syncSchedules(scope, deps);
    await deps.schedules.setEnabled(scope, pipelineId, { isEnabled, by: authorOf(request) });
    return presentSchedule(await findSchedule(scope, pipelineId, deps), NEXT);
  });
}

async function findSchedule(scope: TenantScope, pipelineId: string, { schedules }: ScheduleDeps) {
  const found = (await schedules.listSchedules(scope)).find((one) => one.pipelineId === pipelineId);
  if (!found)
    throw fail('schedule_absent', `The pipeline '${pipelineId}' has no schedule any more.`);
  return found;
}

function presentSchedule(schedule: Listed, next: number): ScheduleAnswer {
  const { disabledAt, last } = schedule;
  return {
    pipeline_id: schedule.pipelineId,
    cron: schedule.cron,
    timezone: schedule.timeZone,
    missed: schedule.missed,
    jitter_seconds: Math.round(schedule.jitterMs / 1000),
    enabled: disabledAt === null,
    disabled_at: disabledAt?.toISOString() ?? null,
    disabled_by: schedule.disabledBy,
    next_runs: (disabledAt ? [] : upcoming(schedule, next)).map(({ dueAt, startsAt }) => ({
      due_at: dueAt.toISOString(),
      starts_at: startsAt.toISOString(),
    })),
    last: last && {
      due_at: last.dueAt.toISOString(),
      pipeline_logging_id: last.runId,
      failure: last.failure,
      missed_since: last.missedSince?.toISOString() ?? null,
    },
  };
}
