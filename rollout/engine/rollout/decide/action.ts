import type { Intent } from '../../apply/effect-entry.ts';
import type { Have } from '../../plan/have.ts';
import type { Check } from '../../service/rollout-spec.ts';
import type { Entry } from '../entry.ts';
import type { Facts } from '../fold/facts.ts';
import type { Probe } from '../prober.ts';

/** What an entry says, without the time at which it is written. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
export type Decision = Without<Entry, 'at'>;

/** The one thing to do next. */
export type Action =
  /** A decision, which holds only when nobody wrote since. */
  | { readonly do: 'write'; readonly entry: Decision }
  | { readonly do: 'apply'; readonly intent: Without<Intent, 'at' | 'kind'> }
  /** An effect was announced and its end is not known. */
  | { readonly do: 'resume' }
  | { readonly do: 'test'; readonly commandLine: string }
  | { readonly do: 'build' }
  | {
      readonly do: 'probe';
      readonly target: 'canary' | 'service';
      readonly checks: readonly PlannedCheck[];
    }
  /** Collect what the source of metrics has, then look again. */
  | { readonly do: 'observe' }
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'stop' };

export interface PlannedCheck {
  readonly name: string;
  readonly probe: Probe;
  readonly expect: Pick<Check, 'status' | 'contains' | 'maxLatencyMs'>;
}

/** Everything that a decision is made on. */
export interface Now {
  readonly facts: Facts;
  /** As it was read after the last entry; null when there is no such service. */
  readonly have: Have | null;
  readonly now: Date;
  /** How long after its end a tick is complete at the latest. */
  readonly delayMs: number;
}

/** The present stage is over. */
export function pass({ stage }: Facts, why: string): Action {
  return { do: 'write', entry: { kind: 'passed', stage, why } };
}
