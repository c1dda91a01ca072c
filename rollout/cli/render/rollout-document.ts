import type { RolloutState } from '../../engine/rollout/rollout-state.ts';

/** A rollout as `--json` gives it: without the inner state of the judge and the request in full. */
export function rolloutDocument(state: RolloutState) {
  const { id, ref, environment, who, since, endedAt, phase, step, outcome, why } = state;
  const { canary, canaryPercent, stable, traffic, owner, held, returning, deadline } = state;
  const { counts, verdict, entries, image } = state;
  return {
    ...{ id, ref, environment, who, since, endedAt, phase, step, outcome, why },
    ...{ canary, canaryPercent, stable, traffic, image, owner, held, returning, deadline },
    ...{ counts, verdict, entries },
  };
}

export type RolloutDocument = ReturnType<typeof rolloutDocument>;
