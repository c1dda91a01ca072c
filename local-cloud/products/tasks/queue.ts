import { refuseFields } from '../../protocol/check/violation.ts';
import { StatusError } from '../../protocol/status-error.ts';

/** What its owner wants of a queue, in the JSON of google.cloud.tasks.v2.Queue. */
export interface WantedQueue {
  readonly rateLimits: {
    readonly maxDispatchesPerSecond: number;
    readonly maxBurstSize: number;
    readonly maxConcurrentDispatches: number;
  };
  readonly retryConfig: {
    readonly maxAttempts: number;
    readonly maxRetryDuration?: string;
    readonly minBackoff: string;
    readonly maxBackoff: string;
    readonly maxDoublings: number;
  };
  readonly stackdriverLoggingConfig?: object;
}

export interface KeptQueue {
  readonly name: string;
  readonly wanted: WantedQueue;
  readonly state: 'RUNNING' | 'PAUSED';
  readonly purgeTime?: string;
}

const NAME = /^projects\/[\w.:-]+\/locations\/[\w-]+\/queues\/[A-Za-z0-9-]{1,100}$/;

/** The defaults that Cloud Tasks shows for a new queue. */
const RATES = { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 1000 };
const RETRIES = { maxAttempts: 100, minBackoff: '0.100s', maxBackoff: '3600s', maxDoublings: 16 };

export function refuseBadQueueName(name: string, parent: string): void {
  if (NAME.test(name) && name.startsWith(`${parent}/queues/`)) return;
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Queue name must be formatted: "${parent}/queues/<QUEUE_ID>", where the id has at most 100 letters, digits and hyphens; it is ${JSON.stringify(name)}.`,
  );
}

/** @throws INVALID_ARGUMENT */
export function fillQueue(sent: Readonly<Record<string, unknown>>): WantedQueue {
  const { rateLimits, retryConfig, stackdriverLoggingConfig } = sent as Partial<WantedQueue>;
  const rates = { ...RATES, ...rateLimits };
  const retries = { ...RETRIES, ...retryConfig };
  refuseOutside('queue.rate_limits.max_dispatches_per_second', rates.maxDispatchesPerSecond, 500);
  refuseOutside('queue.rate_limits.max_concurrent_dispatches', rates.maxConcurrentDispatches, 5000);
  if (retries.maxAttempts < -1)
    throw refuseFields([
      {
        field: 'queue.retry_config.max_attempts',
        description: `is ${retries.maxAttempts}: expected -1 (no limit) or more`,
      },
    ]);
  return {
    // A fifth of the rate, as Cloud Tasks picks it for a rate of 500.
    rateLimits: {
      ...rates,
      maxBurstSize: Math.max(1, Math.ceil(rates.maxDispatchesPerSecond / 5)),
    },
    retryConfig: retries,
    ...(stackdriverLoggingConfig && { stackdriverLoggingConfig }),
  };
}

function refuseOutside(field: string, value: number, most: number): void {
  if (value > 0 && value <= most) return;
  throw refuseFields([
    { field, description: `is ${value}: expected more than 0, at most ${most}` },
  ]);
}

export function renderQueue({ name, wanted, state, purgeTime }: KeptQueue): object {
  return { name, ...wanted, state, ...(purgeTime !== undefined && { purgeTime }) };
}
