import type { Have } from '../../plan/have.ts';
import type { Facts } from './facts.ts';

/** Everything that a decision is made on. */
export interface Now {
  readonly facts: Facts;
  /** As it was read after the last entry; null when there is no such service. */
  readonly have: Have | null;
  readonly now: Date;
  /** How long after its end a tick is complete at the latest. */
  readonly delayMs: number;
}
