import { z } from 'zod';
import { EFFECT_ENTRIES } from '../apply/effect-entry.ts';
import type { JournalEntry } from '../apply/journal-store.ts';
import { fail } from '../error-codes.ts';
import type { Tick } from '../judge/tick.ts';
import type { TrafficTarget } from '../plan/have.ts';
import type { Plan } from '../plan/plan.ts';
import type { Environment, ServiceSpec, Strategy } from '../service/rollout-spec.ts';
import type { BuildRequest } from './builder.ts';

/** What a rollout was asked to do, kept whole so that any machine can go on with it. */
export interface RolloutRequest {
  /** Of a manual return to an earlier revision: `revision` is left, `stable` and `base` are wanted. */
  readonly plan: Plan;
  /** Null: nothing is released; a canary is watched that is there, or traffic is taken back. */
  readonly release: Release | null;
  /** Null: traffic is taken back at once. */
  readonly strategy: Strategy | null;
  /** Path that answers 200 when all is well; null: not asked. */
  readonly health: string | null;
  readonly reason: string | null;
  /** Takes the lock although another rollout has it. */
  readonly breaksLock: boolean;
}

export interface Release {
  readonly service: ServiceSpec;
  readonly environment: Environment;
  /** Null: `image` is there. The folder is that of whoever builds. */
  readonly build: Omit<BuildRequest, 'folder'> | null;
  readonly image: string;
  readonly commit: string | null;
}

const at = z.iso.datetime();
const traffic: z.ZodType<readonly TrafficTarget[]> = z.array(
  z.object({
    revision: z.string().nullable(),
    percent: z.number().min(0).max(100),
    tag: z.string().optional(),
  }),
);

const count = z.number().nonnegative();
const arm = z
  .object({
    requests: count,
    errors: count,
    latency: z.object({ boundsMs: z.array(z.number()), counts: z.array(count) }).nullable(),
    errorClients: z.array(z.string()).optional(),
    instances: z.array(z.object({ requests: count, errors: count })).optional(),
  })
  .nullable();
const tick: z.ZodType<Tick> = z.object({
  startAt: at,
  seconds: z.number().positive(),
  canary: arm,
  stable: arm,
});

/** Snapshots of our own types: what is in them was checked before it was written. */
const request = z.custom<RolloutRequest>(
  (value) => z.object({ plan: z.object({ revision: z.string() }) }).safeParse(value).success,
);

const HOLD_CAUSES = [
  'asked',
  'moved',
  'inconclusive',
  'noData',
  'providerError',
  'split',
  'sharedFate',
] as const;

const RETURN_CAUSES = [
  'judge',
  'proof',
  'deploy',
  'aborted',
  'asked',
  'heldTooLong',
  'stuck',
  /** Somebody moved traffic and nobody came back: it stays as they made it. */
  'left',
] as const;

const checkResult = z.object({
  name: z.string(),
  url: z.string(),
  status: z.number(),
  latencyMs: z.number(),
  /** Null: it passed. */
  problem: z.string().nullable(),
});
export type CheckResult = z.infer<typeof checkResult>;

const command = z.discriminatedUnion('name', [
  z.object({ name: z.literal('approve') }),
  z.object({ name: z.literal('promote') }),
  z.object({ name: z.literal('hold'), forMs: z.number().positive(), reason: z.string() }),
  z.object({ name: z.literal('resume') }),
  z.object({ name: z.literal('retry') }),
  z.object({ name: z.literal('abort'), reason: z.string() }),
  /** Null: back to what served before. */
  z.object({ name: z.literal('rollBack'), reason: z.string(), to: traffic.nullable() }),
]);
/** What a person asks of a rollout that is under way. */
export type Command = z.infer<typeof command>;

const entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun'), at, id: z.string(), who: z.string(), traffic, request }),
  z.object({ kind: z.literal('owned'), at, runner: z.string(), who: z.string() }),
  z.object({ kind: z.literal('alive'), at, runner: z.string() }),
  z.object({ kind: z.literal('released'), at, runner: z.string() }),
  z.object({ kind: z.literal('opened'), at, gate: z.string(), by: z.string() }),
  /** Tests or a build run, which write nothing until they end. */
  z.object({ kind: z.literal('busy'), at, with: z.enum(['tests', 'build']), until: at }),
  z.object({ kind: z.literal('built'), at, image: z.string() }),
  ...EFFECT_ENTRIES,
  z.object({
    kind: z.literal('probed'),
    at,
    target: z.enum(['canary', 'service']),
    checks: z.array(checkResult),
  }),
  z.object({ kind: z.literal('observed'), at, ticks: z.array(tick) }),
  /** The source of the metrics did not answer. */
  z.object({ kind: z.literal('unobserved'), at, why: z.string() }),
  /** A stage of the plan is over. */
  z.object({ kind: z.literal('passed'), at, stage: z.number().int(), why: z.string() }),
  z.object({
    kind: z.literal('held'),
    at,
    cause: z.enum(HOLD_CAUSES),
    reason: z.string(),
    until: at,
    next: z.enum(['rollBack', 'abort', 'continue', 'leave']),
  }),
  /** After a hold for traffic that somebody moved: from here on this is what we know. */
  z.object({ kind: z.literal('adopted'), at, traffic }),
  z.object({
    kind: z.literal('returning'),
    at,
    cause: z.enum(RETURN_CAUSES),
    why: z.string(),
    by: z.string().nullable(),
  }),
  z.object({ kind: z.literal('commanded'), at, who: z.string(), command }),
  z.object({
    kind: z.literal('ended'),
    at,
    outcome: z.enum(['promoted', 'rolledBack', 'failed', 'aborted']),
    why: z.string(),
  }),
]);

/** One record of a rollout's journal. */
export type Entry = z.infer<typeof entry>;

/** @throws journal_damaged for what we never wrote */
export function parseEntry(stored: JournalEntry): Entry {
  const parsed = entry.safeParse(stored);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fail(
    'journal_damaged',
    `An entry of kind '${stored.kind}' of the journal cannot be read: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    {
      hint: 'A newer version of Rollout may have written it: use that one, or look at the entry in the bucket of the journal.',
    },
  );
}
