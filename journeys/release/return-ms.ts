import type { Entry } from '../../rollout/engine/rollout/entry.ts';

/** From the decision to take a release back to the moment when all traffic was seen to be back. */
export function returnMs(entries: readonly Entry[]): number {
  const decided = entries.findIndex(({ kind }) => kind === 'returning');
  const back = entries.slice(decided).find(({ kind }) => kind === 'confirmed');
  return Date.parse(back?.at ?? '') - Date.parse(entries[decided]?.at ?? '');
}
