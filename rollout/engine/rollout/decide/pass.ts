import type { Action } from './action.ts';
import type { Facts } from './facts.ts';

/** The present stage is over. */
export function pass({ stage }: Facts, why: string): Action {
  return { do: 'write', entry: { kind: 'passed', stage, why } };
}
