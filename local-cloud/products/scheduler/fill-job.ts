import { refuseFields } from '../../protocol/check/violation.ts';
import type { Violation } from '../../protocol/check/violation.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { durationMs } from '../../push/duration.ts';
import type { HttpTarget, RetryConfig, WantedJob } from './job.ts';
import { nextRun } from './next-run.ts';

const NAME = /^projects\/[\w.:-]+\/locations\/[\w-]+\/jobs\/[\w-]{1,500}$/;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const TARGETS = ['pubsubTarget', 'appEngineHttpTarget'] as const;

export function refuseBadName(name: string, parent: string): void {
  if (NAME.test(name) && name.startsWith(`${parent}/jobs/`)) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Job name must be formatted: "${parent}/jobs/<JOB_ID>", where the id has at most 500 letters, digits, hyphens and underscores; it is ${JSON.stringify(name)}.`,
  );
}

/**
 * The job as Cloud Scheduler keeps it, with the defaults of job.proto.
 * @throws INVALID_ARGUMENT, UNIMPLEMENTED for targets that local-cloud does not model
 */
export function fillJob(sent: Readonly<Record<string, unknown>>, now: Date): WantedJob {
  for (const target of TARGETS) {
    if (sent[target] !== undefined)
      throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${target} of a job`);
  }
  const wanted = sent as WantedJob;
  const { httpTarget, description, attemptDeadline = '180s', retryConfig = {} } = wanted;
  const timetable = { schedule: wanted.schedule ?? '', timeZone: wanted.timeZone ?? '' };
  refuseBadTimetable(timetable, now);
  const violations = [
    ...checkTarget(httpTarget),
    ...checkRetries(retryConfig),
    ...checkBetween('job.attempt_deadline', durationMs(attemptDeadline) / 1000, [15, 1800]),
    ...checkBetween('job.description', (description ?? '').length, [0, 500]),
  ];
  if (violations.length > 0) throw refuseFields(violations);
  return {
    ...(description !== undefined && { description }),
    ...(httpTarget && { httpTarget: { ...httpTarget, httpMethod: methodOf(httpTarget) } }),
    schedule: timetable.schedule,
    timeZone: timetable.timeZone === '' ? 'Etc/UTC' : timetable.timeZone,
    retryConfig: { ...defaults, ...retryConfig },
    attemptDeadline,
  };
}

const defaults: RetryConfig = {
  maxRetryDuration: '0s',
  minBackoffDuration: '5s',
  maxBackoffDuration: '3600s',
  maxDoublings: 5,
};

function refuseBadTimetable(timetable: { schedule: string; timeZone: string }, now: Date): void {
  if (/^(every|\d+(st|nd|rd|th)?\s+of)\b/i.test(timetable.schedule))
    throw new StatusError(
      'UNIMPLEMENTED',
      `local-cloud reads schedules in unix-cron only, not ${JSON.stringify(timetable.schedule)}`,
    );
  if (nextRun(timetable, now) === null)
    throw new StatusError('INVALID_ARGUMENT', 'Schedule or time zone is invalid.');
}

function checkTarget(target: HttpTarget | undefined): readonly Violation[] {
  if (target === undefined)
    return [{ field: 'job.http_target', description: 'a job needs a target' }];
  const { body } = target;
  // Absent when it was empty.
  const uri = (target as Partial<HttpTarget>).uri ?? '';
  const violations: Violation[] = [];
  if (!/^https?:$/.test(URL.parse(uri)?.protocol ?? '') || uri.length > 2083)
    violations.push({
      field: 'job.http_target.uri',
      description: `${JSON.stringify(uri)} is no URL of at most 2083 characters that begins with http:// or https://`,
    });
  if (body !== undefined && !WITH_BODY.has(methodOf(target)))
    violations.push({
      field: 'job.http_target.body',
      description: `a body is allowed with POST, PUT and PATCH, not with ${methodOf(target)}`,
    });
  return violations;
}

function checkRetries({ retryCount = 0, ...config }: RetryConfig): readonly Violation[] {
  const times = ['maxRetryDuration', 'minBackoffDuration', 'maxBackoffDuration'] as const;
  return [
    ...checkBetween('job.retry_config.retry_count', retryCount, [0, 5]),
    ...times.flatMap((name) =>
      checkBetween(`job.retry_config.${name}`, durationMs(config[name] ?? '0s'), [0, Infinity]),
    ),
  ];
}

function checkBetween(field: string, value: number, [from, to]: [number, number]): Violation[] {
  if (value >= from && value <= to) return [];
  return [{ field, description: `is ${value}: expected ${from} to ${to}` }];
}

export function methodOf({ httpMethod }: HttpTarget): string {
  return httpMethod === undefined || httpMethod === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : httpMethod;
}
