import type { Environment, ServiceSpec } from '../service/rollout-spec.ts';
import type { Effect } from './effect.ts';
import type { ServiceRef, TrafficTarget } from './have.ts';

/** What is asked for: rollout.yaml, flags, and who asks when. */
export interface Want {
  readonly service: ServiceSpec;
  readonly environment: Environment;
  readonly rolloutId: string;
  readonly who: string;
  readonly at: Date;
  /** With tag or digest. */
  readonly image: string;
  /** Ends the revision's name: letters, digits and hyphens, others are replaced. */
  readonly suffix: string;
  readonly commit: string | null;
  /** Null: unknown, and then it is not held against the environment's branches. */
  readonly branch: string | null;
  /** Prove, then all traffic at once. */
  readonly skipCanary: boolean;
  readonly skipTests: boolean;
  readonly overrideQuarantine: boolean;
}

/** What the plan cannot compute itself. */
export interface PlanFacts {
  /** Null: nothing is known of the traffic. */
  readonly detectable: (step: {
    readonly traffic: number;
    readonly durationMs: number;
  }) => Detectable | null;
  /** What that rests on. */
  readonly measuredRequests: number;
  /** Whether the source of metrics can read counters of the service's own. */
  readonly readsCounters: boolean;
}

/** What the judge finds in a step with 80 % probability. */
export interface Detectable {
  readonly canaryRequests: number;
  /** Multiples of the base rate and of the latency; null: none, however bad. */
  readonly errorsTimes: number | null;
  readonly latencyTimes: number | null;
  /** Requests to the canary until an outage (20 % errors) is found; null: these are too few. */
  readonly outageRequests?: number | null;
}

/** The exact list of what a rollout will do, made before anything is done. */
export interface Plan {
  readonly ref: ServiceRef;
  /**
   * `create`: there is no such service. `serve`: there is one, but nothing in it serves, so that
   * there is nothing to protect. `shift`: traffic moves step by step.
   */
  readonly kind: 'create' | 'serve' | 'shift';
  /** Short names. */
  readonly revision: string;
  readonly tag: string;
  /** The revision that takes traffic back; null where nothing serves. */
  readonly stable: string | null;
  /** Traffic before the rollout with LATEST pinned; what a rollback restores. */
  readonly base: readonly TrafficTarget[];
  readonly gates: readonly Gate[];
  readonly stages: readonly Stage[];
  /** From the first effect to the last, when nothing is held or extended; without build and proof. */
  readonly durationMs: number;
  readonly warnings: readonly Warning[];
}

/** `closed`: the rollout is refused. `pending`: to be passed before the first effect. */
export interface Gate {
  readonly name:
    | 'freeze'
    | 'branch'
    | 'lock'
    | 'settled'
    | 'quarantine'
    | 'data'
    | 'tests'
    | 'approval';
  readonly state: 'open' | 'pending' | 'closed';
  readonly message: string;
  readonly hint?: string;
}

export interface Stage {
  readonly name: 'lock' | 'pin' | 'deploy' | 'prove' | 'step' | 'watch' | 'cleanUp' | 'unlock';
  /** Of `step`: its index in the strategy, else null. */
  readonly step: number | null;
  readonly effects: readonly PlannedEffect[];
  /** How long it lasts after its effects. */
  readonly durationMs: number;
  readonly detectable: Detectable | null;
}

export interface PlannedEffect {
  readonly effect: Effect;
  readonly before: readonly TrafficTarget[];
  readonly after: readonly TrafficTarget[];
}

export interface Warning {
  readonly code:
    | 'latest_pinned'
    | 'session_affinity'
    | 'other_writer'
    | 'foreign_tags'
    | 'no_detection'
    | 'service_failed';
  readonly message: string;
  readonly hint?: string;
}
