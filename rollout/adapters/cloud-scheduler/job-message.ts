import type { protos } from '@google-cloud/scheduler';
import type { Job } from '../../engine/scheduler/job.ts';

type JobMessage = protos.google.cloud.scheduler.v1.IJob;
type Duration = protos.google.protobuf.IDuration;

/** What Cloud Scheduler puts among the headers of a job by itself. */
const ITS_OWN_HEADERS = new Set(['user-agent']);

/** All that an update writes; whether a job is paused is not among it. */
export const JOB_MASK = [
  'description',
  'schedule',
  'time_zone',
  'http_target',
  'retry_config',
  'attempt_deadline',
];

/** As google.cloud.scheduler.v1.Job; `location` is `projects/P/locations/R`. */
export function toMessage(location: string, job: Job): JobMessage {
  const { url, method, headers, body, oidc, retries, backoff } = job;
  return {
    name: `${location}/jobs/${job.name}`,
    description: job.description,
    schedule: job.schedule,
    timeZone: job.zone,
    httpTarget: {
      uri: url,
      httpMethod: method as keyof typeof protos.google.cloud.scheduler.v1.HttpMethod,
      headers,
      ...(body !== null && { body: Buffer.from(body) }),
      ...(oidc && {
        oidcToken: { serviceAccountEmail: oidc.serviceAccount, audience: oidc.audience },
      }),
    },
    retryConfig: {
      retryCount: retries,
      maxRetryDuration: toDuration(0),
      minBackoffDuration: toDuration(backoff.fromMs),
      maxBackoffDuration: toDuration(backoff.toMs),
      maxDoublings: backoff.doublings,
    },
    attemptDeadline: toDuration(job.deadlineMs),
  };
}

/** A job with another kind of target has an empty URL here, so that it differs. */
export function fromMessage(message: JobMessage): Job {
  const { httpTarget: target, retryConfig: retry } = message;
  const body = Buffer.from(target?.body ?? '').toString();
  const oidc = target?.oidcToken;
  return {
    name: (message.name ?? '').split('/').at(-1) ?? '',
    description: message.description ?? '',
    schedule: message.schedule ?? '',
    zone: message.timeZone ?? '',
    url: target?.uri ?? '',
    method: String(target?.httpMethod ?? ''),
    headers: ownersHeaders(target?.headers ?? {}),
    body: body === '' ? null : body,
    oidc: oidc
      ? { serviceAccount: oidc.serviceAccountEmail ?? '', audience: oidc.audience ?? '' }
      : null,
    retries: retry?.retryCount ?? 0,
    backoff: {
      fromMs: fromDuration(retry?.minBackoffDuration),
      toMs: fromDuration(retry?.maxBackoffDuration),
      doublings: retry?.maxDoublings ?? 0,
    },
    deadlineMs: fromDuration(message.attemptDeadline),
  };
}

function ownersHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !ITS_OWN_HEADERS.has(name.toLowerCase()));
  return Object.fromEntries(own);
}

function toDuration(ms: number): Duration {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

function fromDuration(duration: Duration | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;
}
