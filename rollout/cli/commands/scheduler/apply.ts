import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { fail } from '../../../engine/error-codes.ts';
import { planJobs } from '../../../engine/scheduler/plan-jobs.ts';
import type { JobChange, JobPlan } from '../../../engine/scheduler/plan-jobs.ts';
import type { Scheduler, SecretReader } from '../../../engine/scheduler/job.ts';
import { ownMark, secretNames, wantJobs } from '../../../engine/scheduler/want-jobs.ts';
import { confirm } from '../../input/confirm.ts';
import { addTargetOptions, isProduction, resolveTarget } from '../../input/target.ts';
import type { DeployTarget, TargetOptions } from '../../input/target.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { formatRef } from '../../render/traffic-text.ts';
import { deleteCommand, gcloudCommand } from './gcloud-command.ts';
import { withScheduler } from './wire.ts';
import { withRollout } from '../../wire.ts';
import { serviceAbsent } from '../look/revisions.ts';

interface ApplyOptions extends TargetOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function declareScheduler(parent: Command, cli: Cli): void {
  const scheduler = parent
    .command('scheduler')
    .summary('jobs that call the service by a timetable')
    .helpCommand(false);
  addTargetOptions(scheduler.command('apply'))
    .summary('make the jobs of Cloud Scheduler as rollout.yaml says')
    .description(
      'Creates and updates the jobs of Cloud Scheduler that rollout.yaml declares under `scheduler`.\n' +
        'Headers from Secret Manager are read now, and shown nowhere. Nothing is deleted, and a job\n' +
        'that somebody paused stays paused.',
    )
    .option('--dry-run', 'only say what differs, with the equivalent gcloud commands')
    .option('--yes', 'do not ask before production')
    .action(action(cli, applyJobs));
}

async function applyJobs(
  invocation: Invocation,
  environment: string | undefined,
  options: ApplyOptions,
): Promise<void> {
  const target = requireDeclared((await resolveTarget(invocation, environment, options)).declared);
  const url = await readUrl(invocation, target);
  await withScheduler(invocation, target, async (deps) => {
    const plan = await makePlan(target, url, deps);
    const writes = plan.changes.filter(({ change }) => change !== 'unchanged');
    if (!options.dryRun && writes.length > 0) {
      const names = writes.map(({ job }) => job.name).join(', ');
      const isAsked = isProduction(target) && !options.yes;
      await confirm(`Write ${names}?`, !isAsked, invocation.out);
      await write(target, writes, deps.scheduler);
    }
    const told = { plan, target, isDryRun: options.dryRun ?? false };
    answer(invocation.out, documentOf(told), () => linesOf(told));
  });
}

function requireDeclared(declared: DeployTarget | null): DeployTarget {
  if (declared && Object.keys(declared.environment.scheduler).length > 0) return declared;
  throw fail('scheduler_absent', 'rollout.yaml declares no job for this environment', {
    hint: 'Add a section `scheduler` to the environment or the service; docs/guides/rollout/scheduler.md shows one.',
  });
}

async function readUrl(invocation: Invocation, target: DeployTarget): Promise<string> {
  const have = await withRollout(invocation, target, ({ platform }) =>
    platform.readService(target.ref),
  );
  if (have) return have.url;
  throw serviceAbsent(formatRef(target.ref));
}

async function makePlan(
  { ref, environment }: DeployTarget,
  url: string,
  { scheduler, secrets }: { scheduler: Scheduler; secrets: SecretReader },
): Promise<JobPlan> {
  const calls = environment.scheduler;
  const values = secretNames(calls, ref).map(
    async (name) => [name, await secrets.readSecret(name)] as const,
  );
  const known = { ref, url, secrets: new Map(await Promise.all(values)) };
  return planJobs(wantJobs(calls, known), await scheduler.listJobs(ref), ownMark(ref));
}

async function write(
  { ref }: DeployTarget,
  changes: readonly JobChange[],
  scheduler: Scheduler,
): Promise<void> {
  for (const { change, job } of changes) {
    if (change === 'create') await scheduler.createJob(ref, job);
    else await scheduler.updateJob(ref, job);
  }
}

interface Told {
  readonly plan: JobPlan;
  readonly target: DeployTarget;
  readonly isDryRun: boolean;
}

function documentOf({ plan, target, isDryRun }: Told) {
  return {
    jobs: plan.changes.map(({ change, job, differs, isPaused }) => ({
      name: job.name,
      change,
      differs,
      isPaused,
      schedule: job.schedule,
      zone: job.zone,
      method: job.method,
      url: job.url,
      headers: Object.keys(job.headers),
    })),
    undeclared: plan.undeclared,
    dryRun: isDryRun,
    ...(isDryRun && { commands: commandsOf(plan, target) }),
  };
}

const DONE = { create: 'created', update: 'updated', unchanged: 'unchanged' } as const;

function linesOf({ plan, target, isDryRun }: Told): string[] {
  const lines = plan.changes.map(({ change, job, differs, isPaused }) => {
    const verb = isDryRun && change !== 'unchanged' ? `would ${change}` : DONE[change];
    const what = `${job.schedule} ${job.zone}  ${job.method} ${job.url}`;
    const why = differs.length > 0 ? `  (${differs.join(', ')})` : '';
    return `${verb} ${job.name}  ${what}${why}${isPaused ? '  (paused)' : ''}`;
  });
  const left = plan.undeclared.map(
    (name) => `not declared any more: ${name}; delete it with: ${deleteCommand(name, target.ref)}`,
  );
  const commands = isDryRun ? commandsOf(plan, target).flatMap((text) => ['', text]) : [];
  return [...lines, ...left, ...commands];
}

function commandsOf({ changes }: JobPlan, { ref, environment }: DeployTarget): string[] {
  const calls = Object.values(environment.scheduler);
  return changes.flatMap((change, index) => {
    const call = calls[index];
    return change.change === 'unchanged' || !call ? [] : gcloudCommand(change, call, ref);
  });
}
