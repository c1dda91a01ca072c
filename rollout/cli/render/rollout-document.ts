import type { RolloutState } from '../../engine/rollout/rollout-state.ts';

const FIELDS = [
  'id',
  'ref',
  'environment',
  'who',
  'since',
  'endedAt',
  'phase',
  'step',
  'outcome',
  'why',
  'canary',
  'canaryPercent',
  'stable',
  'traffic',
  'image',
  'owner',
  'held',
  'returning',
  'deadline',
  'counts',
  'verdict',
  'entries',
] as const satisfies readonly (keyof RolloutState)[];

export type RolloutDocument = Pick<RolloutState, (typeof FIELDS)[number]>;

/** A rollout as `--json` gives it: without the inner state of the judge and the request in full. */
export function rolloutDocument(state: RolloutState): RolloutDocument {
  return Object.fromEntries(FIELDS.map((field) => [field, state[field]])) as RolloutDocument;
}
