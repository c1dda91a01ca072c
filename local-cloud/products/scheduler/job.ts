import type { StatusCode } from '../../protocol/status-error.ts';
import { statusCodes } from '../../protocol/status-error.ts';

/** What its owner wants of a job, in the JSON of google.cloud.scheduler.v1.Job. */
export interface WantedJob {
  readonly description?: string;
  readonly httpTarget?: HttpTarget;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly retryConfig?: RetryConfig;
  readonly attemptDeadline?: string;
}

export interface HttpTarget {
  readonly uri: string;
  readonly httpMethod?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly oauthToken?: Readonly<Record<string, string>>;
  readonly oidcToken?: Readonly<Record<string, string>>;
}

export interface RetryConfig {
  readonly retryCount?: number;
  readonly maxRetryDuration?: string;
  readonly minBackoffDuration?: string;
  readonly maxBackoffDuration?: string;
  readonly maxDoublings?: number;
}

/** One go of a job: its first attempt and what is tried after it. */
export interface Execution {
  /** Tells it from others of the job. */
  readonly startedAt: string;
  /** The time of the timetable, or of the demand. */
  readonly scheduleTime: string;
  readonly attempts: number;
  /** false: it waits for its next attempt. */
  readonly isCalling: boolean;
}

export interface KeptJob {
  readonly name: string;
  readonly wanted: WantedJob;
  readonly state: 'ENABLED' | 'PAUSED';
  readonly userUpdateTime: string;
  /** Of the next attempt; null while it is paused. */
  readonly dueAt: string | null;
  readonly execution: Execution | null;
  readonly lastAttemptTime?: string;
  readonly lastCode?: StatusCode | 'OK';
  readonly lastMessage?: string;
}

/** As google.cloud.scheduler.v1.Job. */
export function renderJob({ name, wanted, state, userUpdateTime, ...kept }: KeptJob): object {
  const { dueAt, lastAttemptTime, lastCode, lastMessage } = kept;
  return {
    name,
    ...wanted,
    ...(wanted.httpTarget && { httpTarget: showOwnHeaders(wanted.httpTarget) }),
    state,
    userUpdateTime,
    ...(dueAt !== null && { scheduleTime: dueAt }),
    ...(lastAttemptTime !== undefined && { lastAttemptTime }),
    ...(lastCode === 'OK' && { status: {} }),
    ...(lastCode !== undefined &&
      lastCode !== 'OK' && {
        status: { code: statusCodes[lastCode].number, message: lastMessage },
      }),
  };
}

/** With the headers that Cloud Scheduler adds by itself; it shows them among those of the job. */
export function showOwnHeaders(target: HttpTarget): HttpTarget {
  const { headers = {}, body } = target;
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const type = !isTyped && body !== undefined && { 'Content-Type': 'application/octet-stream' };
  return { ...target, headers: { ...type, ...headers, 'User-Agent': 'Google-Cloud-Scheduler' } };
}
