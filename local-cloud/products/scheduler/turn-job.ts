import { durationMs } from '../../push/duration.ts';
import { retryDelayMs } from '../../push/retry-delay.ts';
import type { PushOutcome } from '../../push/send-push.ts';
import type { Execution, KeptJob } from './job.ts';
import { nextRun } from './next-run.ts';

/** With its next time by the timetable; without one when it is paused. Ends retries that wait. */
export function schedule(job: KeptJob, since: Date): KeptJob {
  const execution = job.execution?.isCalling ? job.execution : null;
  return { ...job, execution, dueAt: nextOf(job, since) };
}

/** An attempt begins: the next one of the execution that waits, or the first of a new one. */
export function beginAttempt(job: KeptJob, now: Date, isForced = false): KeptJob {
  const at = now.toISOString();
  const waiting = isForced ? null : job.execution;
  const { startedAt = at, attempts = 0, scheduleTime } = waiting ?? {};
  const execution = {
    startedAt,
    attempts: attempts + 1,
    isCalling: true,
    scheduleTime: scheduleTime ?? (isForced ? at : (job.dueAt ?? at)),
  };
  // Times that passed while it ran are made up for by one execution, not by one each.
  return { ...job, execution, lastAttemptTime: at, dueAt: nextOf(job, new Date(startedAt)) };
}

/** `ended` is the execution whose attempt it was; another may have begun on demand since then. */
export function endAttempt(
  job: KeptJob,
  { ended, outcome }: { readonly ended: Execution; readonly outcome: PushOutcome },
  now: Date,
): KeptJob {
  const told = { ...job, lastCode: outcome.code, lastMessage: outcome.message };
  if (job.execution?.startedAt !== ended.startedAt) return told;
  const retryMs = outcome.code === 'OK' ? null : retryTime(job, ended, now);
  if (retryMs === null || job.dueAt === null || retryMs >= Date.parse(job.dueAt))
    return { ...told, execution: null };
  const execution = { ...ended, isCalling: false };
  return { ...told, execution, dueAt: new Date(retryMs).toISOString() };
}

/** What became of an attempt that a dead local-cloud had begun, nobody knows: it counts as failed. */
export function endLostAttempt(job: KeptJob, now: Date): KeptJob {
  if (!job.execution?.isCalling) return job;
  const message = 'local-cloud ended during the attempt.';
  const outcome = { code: 'UNAVAILABLE', message, httpStatus: null } as const;
  return endAttempt(job, { ended: job.execution, outcome }, now);
}

function nextOf({ state, wanted }: KeptJob, since: Date): string | null {
  if (state === 'PAUSED') return null;
  const timetable = { schedule: wanted.schedule ?? '', timeZone: wanted.timeZone ?? '' };
  return nextRun(timetable, since)?.toISOString() ?? null;
}

/** "Retried until both limits are reached" (job.proto): the count and the duration. */
function retryTime({ wanted }: KeptJob, ended: Execution, now: Date): number | null {
  const { retryCount = 0, maxDoublings = 5, ...config } = wanted.retryConfig ?? {};
  const delayMs = retryDelayMs(ended.attempts, {
    minMs: durationMs(config.minBackoffDuration ?? '5s'),
    maxMs: durationMs(config.maxBackoffDuration ?? '3600s'),
    doublings: maxDoublings,
  });
  const retryMs = now.getTime() + delayMs;
  const untilMs = Date.parse(ended.startedAt) + durationMs(config.maxRetryDuration ?? '0s');
  return ended.attempts <= retryCount || retryMs < untilMs ? retryMs : null;
}
