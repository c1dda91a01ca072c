import { durationMs } from '../../push/duration.ts';
import { retryDelayMs } from '../../push/retry-delay.ts';
import type { PushOutcome } from '../../push/send-push.ts';
import type { WantedQueue } from './queue.ts';
import type { KeptTask } from './task.ts';

export function beginAttempt(task: KeptTask, now: Date): KeptTask {
  const at = now.toISOString();
  return {
    ...task,
    isCalling: true,
    dispatchCount: task.dispatchCount + 1,
    firstDispatchTime: task.firstDispatchTime ?? at,
    last: { scheduleTime: task.dueAt, dispatchTime: at },
  };
}

/** With the time of its next attempt; null when it is over, done or given up. */
export function endAttempt(
  task: KeptTask,
  { outcome, retryConfig }: { readonly outcome: PushOutcome } & Pick<WantedQueue, 'retryConfig'>,
  now: Date,
): KeptTask | null {
  if (outcome.code === 'OK') return null;
  const {
    maxAttempts,
    maxRetryDuration = '0s',
    minBackoff,
    maxBackoff,
    maxDoublings,
  } = retryConfig;
  const untilMs = Date.parse(task.firstDispatchTime ?? '') + durationMs(maxRetryDuration);
  const isOver = durationMs(maxRetryDuration) === 0 || now.getTime() >= untilMs;
  // "Once the duration has passed and the task has been attempted so often" (queue.proto): both.
  if (maxAttempts !== -1 && task.dispatchCount >= maxAttempts && isOver) return null;
  const delayMs = retryDelayMs(task.dispatchCount, {
    minMs: durationMs(minBackoff),
    maxMs: durationMs(maxBackoff),
    doublings: maxDoublings,
  });
  const { last } = task;
  return {
    ...task,
    isCalling: false,
    dueAt: new Date(now.getTime() + delayMs).toISOString(),
    responseCount: task.responseCount + (outcome.httpStatus === null ? 0 : 1),
    ...(last && { last: { ...last, responseTime: now.toISOString(), outcome } }),
  };
}
