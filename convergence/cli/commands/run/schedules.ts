import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import type { Out } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ScheduleAnswer } from '../../../server/api/contract/run/schedule.ts';
import { withTenant } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { tenantOption } from '../tenant-option.ts';

export function declareSchedules(parent: Command, cli: Cli): void {
  const schedules = parent
    .command('schedules')
    .summary('list, disable and enable schedules of pipelines')
    .helpCommand(false);
  schedules
    .command('list')
    .description('Lists the pipelines that run by themselves, and when each runs next.')
    .addOption(tenantOption())
    .action(action(cli, listSchedules));
  schedules
    .command('next')
    .description('Lists when a pipeline will run, in the time zone of its schedule and in UTC.')
    .argument('<pipeline>', 'its pipeline_id')
    .addOption(tenantOption())
    .option('--count <count>', 'how many, up to 100', '5')
    .action(action(cli, listNext));
  schedules
    .command('disable')
    .description('Stops a schedule until it is enabled again; the file stays as it is.')
    .argument('<pipeline>', 'its pipeline_id')
    .addOption(tenantOption())
    .action(action(cli, disable));
  schedules
    .command('enable')
    .description('Lets a schedule go on; what was due meanwhile is not made up for.')
    .argument('<pipeline>', 'its pipeline_id')
    .addOption(tenantOption())
    .action(action(cli, enable));
}

async function listSchedules(invocation: Invocation): Promise<void> {
  const { out } = invocation;
  const list = await withTenant(invocation, ({ client }) => client.listSchedules({ next: 1 }));
  answer(out, list, ({ schedules }) => renderSchedules(schedules, out));
}

function renderSchedules(schedules: readonly ScheduleAnswer[], out: Out): string[] {
  if (schedules.length === 0) return ['no schedules'];
  const titles = ['pipeline', 'cron', 'time zone', 'next run', 'last'];
  const rows = schedules.map((schedule) => [
    schedule.pipeline_id,
    schedule.cron,
    schedule.timezone,
    stateOf(schedule),
    lastOf(schedule),
  ]);
  return renderTable(
    titles.map((title) => ({ title, isWhole: title === 'pipeline' })),
    rows,
    out,
  );
}

function stateOf({ enabled, disabled_by, next_runs: [next], timezone }: ScheduleAnswer): string {
  if (!enabled) return `disabled by ${disabled_by}`;
  return next ? showInZone(next.starts_at, timezone) : 'never';
}

function lastOf({ last, timezone }: ScheduleAnswer): string {
  if (!last) return '';
  const at = showInZone(last.due_at, timezone);
  return last.pipeline_logging_id === null ? `${at} missed` : at;
}

async function listNext(
  invocation: Invocation,
  pipeline: string,
  { count }: { count: string },
): Promise<void> {
  const { out } = invocation;
  const schedule = await withTenant(invocation, async ({ client }) => {
    const { schedules } = await client.listSchedules({ next: count });
    return schedules.find(({ pipeline_id }) => pipeline_id === pipeline) ?? absent(pipeline);
  });
  answer(out, schedule, () => renderNext(schedule, out));
}

function absent(pipeline: string): never {
  throw fail('schedule_absent', `The pipeline '${pipeline}' has no schedule`, {
    hint: '`convergence schedules list` shows which have one.',
  });
}

function renderNext(schedule: ScheduleAnswer, out: Out): string[] {
  const { pipeline_id, cron, timezone, next_runs, enabled } = schedule;
  if (!enabled) {
    return [`the schedule of ${pipeline_id} is ${stateOf(schedule)}, so it has no next run`];
  }
  const rows = next_runs.map(({ starts_at }) => [showInZone(starts_at, timezone), starts_at]);
  const titles = [
    { title: timezone, isWhole: true },
    { title: 'UTC', isWhole: true },
  ];
  return [`${pipeline_id}  ${cron}`, ...renderTable(titles, rows, out)];
}

async function disable(invocation: Invocation, pipeline: string): Promise<void> {
  const changed = await withTenant(invocation, ({ client }) => client.disableSchedule(pipeline));
  answer(invocation.out, changed, () => [
    `the schedule of ${pipeline} is disabled`,
    invocation.out.style.faint(`to let it go on: convergence schedules enable ${pipeline}`),
  ]);
}

async function enable(invocation: Invocation, pipeline: string): Promise<void> {
  const changed = await withTenant(invocation, ({ client }) => client.enableSchedule(pipeline));
  answer(invocation.out, changed, (schedule) => [
    `the schedule of ${pipeline} is enabled; next run: ${stateOf(schedule)}`,
  ]);
}

/** `Sun 2026-03-29 03:00 GMT+2`: what a clock there shows. */
function showInZone(instant: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  }).formatToParts(new Date(instant));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  const seconds = of.second === '00' ? '' : `:${of.second}`;
  const clock = `${of.hour}:${of.minute}${seconds} ${of.timeZoneName}`;
  return `${of.weekday?.slice(0, 3)} ${of.year}-${of.month}-${of.day} ${clock}`;
}
