import { z } from 'zod';
import type { Effect } from '../plan/effect.ts';
import type { TrafficTarget } from '../plan/have.ts';

const at = z.iso.datetime();
const KINDS = ['createService', 'deployRevision', 'moveTraffic', 'annotate', 'deleteRevision'];

/** Checked against the platform's own description before it leaves; here only that it is one. */
const effect = z.custom<Effect>(
  (value) => z.object({ kind: z.enum(KINDS) }).safeParse(value).success,
);
const traffic = z.custom<readonly TrafficTarget[]>((value) => Array.isArray(value));

/** Whose change was found in place of ours. */
const changedBy = z.object({ who: z.string(), client: z.string(), at: z.string() });

/**
 * What an effect leaves in the journal: that it will be done, the name of its operation, and that
 * it was read back, or why it was given up.
 */
export const EFFECT_ENTRIES = [
  z.object({
    kind: z.literal('intent'),
    at,
    purpose: z.string(),
    effect,
    etag: z.string().nullable(),
    deadlineAt: at,
  }),
  z.object({ kind: z.literal('started'), at, operation: z.string() }),
  z.object({
    kind: z.literal('confirmed'),
    at,
    traffic,
    /** Of the state that was read back; that of the intent when the write changed nothing. */
    etag: z.string().nullable().default(null),
  }),
  z.object({
    kind: z.literal('dropped'),
    at,
    /** `overtaken`: somebody else wrote; `failed`, `overdue`, `refused`: the platform's doing. */
    cause: z.enum(['overtaken', 'failed', 'overdue', 'refused', 'pressing']),
    why: z.string(),
    changedBy: changedBy.nullable(),
  }),
] as const;

export type EffectEntry = z.infer<(typeof EFFECT_ENTRIES)[number]>;
export type Intent = Extract<EffectEntry, { kind: 'intent' }>;
export type Dropped = Extract<EffectEntry, { kind: 'dropped' }>;

/** An effect that was announced and of which no end is known. */
export interface PendingEffect {
  readonly intent: Intent;
  /** Null: it may or may not have been begun. */
  readonly operation: string | null;
}
