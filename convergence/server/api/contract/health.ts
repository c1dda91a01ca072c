import { z } from 'zod';
import { instant } from './instant.ts';

export const healthAnswer = z.object({
  status: z.literal('healthy'),
  service: z.literal('convergence-data-pipeline'),
  version: z.string(),
  environment: z.string(),
  timestamp: instant,
});
export type HealthAnswer = z.infer<typeof healthAnswer>;

export const liveAnswer = z.object({ status: z.literal('alive') });

const dependencyState = z.object({
  name: z.string(),
  ok: z.boolean(),
  latency_ms: z.number(),
  message: z.string().nullable().describe('Why it is not ok.'),
});

export const readyAnswer = z.object({
  status: z.enum(['ready', 'not_ready']),
  failing: z.array(z.string()).describe('Names of dependencies that do not answer.'),
});
export type ReadyAnswer = z.infer<typeof readyAnswer>;

export const detailedHealthAnswer = healthAnswer.extend({
  status: z.enum(['healthy', 'degraded']),
  uptime_seconds: z.number(),
  dependencies: z.array(dependencyState),
  features: z.record(z.string(), z.boolean()).describe('What is switched on by settings.'),
  cpu: z.object({ cores: z.int(), load_1m: z.number(), process_percent: z.number() }),
  memory: z.object({
    process_rss_bytes: z.int(),
    heap_used_bytes: z.int(),
    free_bytes: z.int(),
    total_bytes: z.int(),
  }),
  disk: z
    .object({ free_bytes: z.number(), total_bytes: z.number() })
    .nullable()
    .describe('Of the data folder.'),
});
export type DetailedHealthAnswer = z.infer<typeof detailedHealthAnswer>;
