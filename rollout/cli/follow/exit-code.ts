import type { RolloutState } from '../../engine/rollout/rollout-state.ts';

/** The release is not in service. */
export const ROLLED_BACK = 10;
const HELD = 11;

/** Of a command that followed a rollout as far as this. */
export function exitCodeOfRollout({ outcome }: Pick<RolloutState, 'outcome'>): number {
  if (outcome === null) return HELD;
  return outcome === 'promoted' ? 0 : ROLLED_BACK;
}
