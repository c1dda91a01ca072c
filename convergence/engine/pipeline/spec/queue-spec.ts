import { z } from 'zod';

/** Where runs wait; a worker takes runs of one, of some or of all queues. */
export const QUEUES = ['pipeline', 'ingest', 'dq', 'transform'] as const;
export const queueSpec = z.enum(QUEUES);
export type QueueName = z.infer<typeof queueSpec>;

/** Of the runs of one tenant in one queue; the first goes first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export const prioritySpec = z.enum(PRIORITIES);
export type Priority = z.infer<typeof prioritySpec>;

interface Queued {
  readonly queue?: QueueName | undefined;
  readonly steps: readonly { readonly type: Exclude<QueueName, 'pipeline'> }[];
}

/** The queue that a pipeline names; else that of its steps when all are of one type; else `pipeline`. */
export function queueOf({ queue, steps }: Queued): QueueName {
  const [first, ...others] = new Set(steps.map(({ type }) => type));
  return queue ?? (first && others.length === 0 ? first : 'pipeline');
}
