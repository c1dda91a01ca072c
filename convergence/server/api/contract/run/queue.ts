import { z } from 'zod';
import { queueSpec } from '../../../../engine/pipeline/spec/queue-spec.ts';
import { instant } from '../instant.ts';

export const queueParams = z.object({ queue: queueSpec });

const standing = {
  state: z
    .enum(['active', 'draining', 'paused'])
    .describe('draining: workers take none, and some still run; paused: none runs any more.'),
  depth: z.int().describe('Runs that wait.'),
  oldest_seconds: z.number().describe('How long the first of them has waited; 0: none waits.'),
  running: z.int().describe('Runs that a worker executes.'),
  paused_at: instant.nullable(),
  paused_by: z.string().nullable(),
};

export const standingAnswer = z.object(standing);
export type StandingAnswer = z.infer<typeof standingAnswer>;

export const queueListAnswer = z.object({
  queues: z.array(z.object({ queue: queueSpec, ...standing })),
  paused_tenants: z.array(z.object({ tenant_id: z.string(), ...standing })),
});
export type QueueListAnswer = z.infer<typeof queueListAnswer>;

export const workerListAnswer = z.object({
  workers: z.array(
    z.object({
      worker: z.string(),
      queues: z.array(queueSpec),
      places_min: z.int().describe('Runs that it executes at a time, at least.'),
      places_max: z.int(),
      running: z.int(),
      started_at: instant,
      seen_at: instant.describe('When it last said that it lives; every ten seconds.'),
      is_lost: z.boolean().describe('It has not said so for a minute.'),
    }),
  ),
});
export type WorkerListAnswer = z.infer<typeof workerListAnswer>;
