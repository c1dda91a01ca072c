import type { FoundJob, Job } from './job.ts';

export interface JobChange {
  readonly change: 'create' | 'update' | 'unchanged';
  readonly job: Job;
  /** Names of what differs, of headers with theirs. */
  readonly differs: readonly string[];
  readonly isPaused: boolean;
}

export interface JobPlan {
  readonly changes: readonly JobChange[];
  /** Names of jobs with the mark of the service that nothing declares any more. */
  readonly undeclared: readonly string[];
}

/** What has to be done so that the jobs are as they are wanted; nothing is deleted. */
export function planJobs(
  wanted: readonly Job[],
  found: readonly FoundJob[],
  ownMark: string,
): JobPlan {
  const declared = new Set(wanted.map(({ name }) => name));
  const ours = found.filter(({ job }) => job.description === ownMark);
  return {
    changes: wanted.map((job) => compare(job, found)),
    undeclared: ours.map(({ job }) => job.name).filter((name) => !declared.has(name)),
  };
}

function compare(job: Job, found: readonly FoundJob[]): JobChange {
  const have = found.find((one) => one.job.name === job.name);
  if (!have) return { change: 'create', job, differs: [], isPaused: false };
  const { isPaused } = have;
  const differs = differences(flatten(job), flatten(have.job));
  return { change: differs.length === 0 ? 'unchanged' : 'update', job, differs, isPaused };
}

function differences(wanted: Flat, have: Flat): string[] {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(have)]);
  return [...keys].filter((key) => wanted[key] !== have[key]);
}

type Flat = Readonly<Record<string, unknown>>;

function flatten({ headers, oidc, backoff, ...plain }: Job): Flat {
  return {
    ...plain,
    ...prefixed('header ', headers),
    ...prefixed('oidc ', oidc ?? {}),
    ...prefixed('backoff ', backoff),
  };
}

function prefixed(prefix: string, values: object): Flat {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
}
