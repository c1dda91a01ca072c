import { fail } from '../../../engine/error-codes.ts';
import { QUEUES } from '../../../engine/pipeline/spec/queue-spec.ts';
import type { QueueName } from '../../../engine/pipeline/spec/queue-spec.ts';
import type { PlatformOptions } from '../../wire.ts';

/** Options of `convergence worker`, as they were typed. */
export interface WorkerFlags {
  readonly queues?: string;
  readonly concurrency?: string;
  readonly min?: string;
  readonly max?: string;
}

/** @throws request_invalid */
export function readWorkerFlags(flags: WorkerFlags): NonNullable<PlatformOptions['worker']> {
  const places = readPlaces(flags);
  return {
    ...(flags.queues !== undefined && { queues: readQueues(flags.queues) }),
    ...(places && { places }),
  };
}

function readQueues(list: string): QueueName[] {
  const names = new Set(list.split(',').map((name) => name.trim()));
  const unknown = [...names].find((name) => !QUEUES.includes(name as QueueName));
  if (unknown === undefined) return QUEUES.filter((queue) => names.has(queue));
  throw fail('request_invalid', `--queues names '${unknown}', which is no queue`, {
    hint: `The queues are ${QUEUES.join(', ')}; separate several by commas.`,
  });
}

function readPlaces({ concurrency, min, max }: WorkerFlags) {
  const fixed = readCount('--concurrency', concurrency);
  const [least, most] = [readCount('--min', min), readCount('--max', max)];
  if (fixed !== undefined && least === undefined && most === undefined) {
    return { min: fixed, max: fixed };
  }
  if (fixed === undefined && least === undefined && most === undefined) return undefined;
  if (fixed === undefined && least !== undefined && most !== undefined && least <= most) {
    return { min: least, max: most };
  }
  throw fail('request_invalid', 'How many runs at a time? These options do not fit together', {
    hint: 'Give --concurrency alone, or --min and --max, the smaller first.',
  });
}

function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000) return count;
  throw fail('request_invalid', `${flag} is '${text}', not a number from 1 to 1000`);
}
