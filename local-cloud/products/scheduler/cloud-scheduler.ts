import type { Clock } from 'base/clock.ts';
import { randomBytes } from 'node:crypto';
import type { Product } from '../../control-plane/product.ts';
import type { Records } from '../../control-plane/records.ts';
import { applyPaths } from '../../protocol/apply-paths.ts';
import type { Handlers } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readPage } from '../../protocol/read-page.ts';
import { fillJob, refuseBadName } from './fill-job.ts';
import { JobRunner } from './job-runner.ts';
import { renderJob } from './job.ts';
import type { KeptJob } from './job.ts';
import { schedule } from './turn-job.ts';

type Sent = Readonly<Record<string, unknown>> & { readonly name?: string };

interface Named {
  readonly name: string;
}

/** Cloud Scheduler: jobs that call a URL by a timetable. */
export function openScheduler(deps: { records: Records; clock: Clock }): Product {
  const runner = new JobRunner(deps);
  return {
    protos: { '@google-cloud/scheduler': ['google/cloud/scheduler/v1/cloudscheduler.proto'] },
    handlers: { 'google.cloud.scheduler.v1.CloudScheduler': serveJobs(runner, deps.clock) },
    resume: () => runner.resume(),
    close: () => runner.close(),
  };
}

function serveJobs(runner: JobRunner, clock: Clock): Handlers[string] {
  return {
    CreateJob: async ({ parent, job }: { parent: string; job: Sent }) =>
      renderJob(create(runner, { ...job, name: nameOf(parent, job) }, clock.now())),
    UpdateJob: async ({ job, updateMask }: { job: Sent; updateMask?: string }) => {
      const before = requireJob(runner, job.name ?? '');
      const now = clock.now();
      const wanted = fillJob(applyPaths({ ...before.wanted }, job, updateMask), now);
      const updated = { ...before, wanted, userUpdateTime: now.toISOString() };
      return renderJob(runner.write(schedule(updated, now)));
    },
    GetJob: async ({ name }: Named) => renderJob(requireJob(runner, name)),
    ListJobs: async ({ parent, ...page }: PageRequest & { parent: string }) => {
      const ours = runner.list().filter(({ name }) => name.startsWith(`${parent}/jobs/`));
      const { items, ...more } = readPage(
        ours.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        page,
      );
      return { jobs: items.map(renderJob), ...more };
    },
    DeleteJob: async ({ name }: Named) => {
      runner.delete(requireJob(runner, name).name);
      return {};
    },
    PauseJob: async ({ name }: Named) =>
      renderJob(turn(runner, { name, from: 'ENABLED', to: 'PAUSED' }, clock.now())),
    ResumeJob: async ({ name }: Named) =>
      renderJob(turn(runner, { name, from: 'PAUSED', to: 'ENABLED' }, clock.now())),
    RunJob: async ({ name }: Named) => renderJob(runner.force(requireJob(runner, name))),
  };
}

function nameOf(parent: string, { name }: Sent): string {
  const given = name ?? `${parent}/jobs/${randomBytes(8).toString('hex')}`;
  refuseBadName(given, parent);
  return given;
}

function create(runner: JobRunner, { name, ...job }: Sent & Named, now: Date): KeptJob {
  if (runner.find(name)) throw new StatusError('ALREADY_EXISTS', `Job [${name}] already exists.`);
  const kept: KeptJob = {
    name,
    wanted: fillJob(job, now),
    state: 'ENABLED',
    userUpdateTime: now.toISOString(),
    dueAt: null,
    execution: null,
  };
  return runner.write(schedule(kept, now));
}

interface Turn extends Named {
  readonly from: KeptJob['state'];
  readonly to: KeptJob['state'];
}

function turn(runner: JobRunner, { name, from, to }: Turn, now: Date): KeptJob {
  const job = requireJob(runner, name);
  if (job.state !== from)
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Job.state must be ${from} for this; it is ${job.state}.`,
    );
  return runner.write(schedule({ ...job, state: to }, now));
}

function requireJob(runner: JobRunner, name: string): KeptJob {
  const job = runner.find(name);
  if (job) return job;
  throw new StatusError('NOT_FOUND', 'Job not found.');
}
