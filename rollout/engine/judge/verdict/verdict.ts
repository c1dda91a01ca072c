import type { Detectable } from '../../plan/plan.ts';

/**
 * `UNDECIDED`: the step goes on. `PASS`: the step is over, nothing speaks against the release.
 * `FAIL`: roll back. The others say that the judge cannot tell, and are no verdict on the release.
 */
export type VerdictKind =
  | 'UNDECIDED'
  | 'PASS'
  | 'FAIL'
  | 'INCONCLUSIVE'
  | 'NO_DATA'
  | 'PROVIDER_ERROR';

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence for a person. */
  readonly reason: string;
  /** Why a person must look; null where the policy decides how to go on. */
  readonly hold: 'split' | 'sharedFate' | null;
  readonly evidence: Evidence;
}

/** Plain data: it goes into the journal, the audit log and the live view as it is. */
export interface Evidence {
  /** Of the whole rollout, and for thresholds of the step. */
  readonly canary: ArmEvidence;
  readonly stable: ArmEvidence;
  readonly stepSeconds: number;
  /** Null with thresholds. */
  readonly sequential: SequentialEvidence | null;
}

export interface ArmEvidence {
  readonly requests: number;
  readonly errors: number;
  /** Of the service's own counters, by name. */
  readonly events: Readonly<Record<string, number>>;
  /** 0 to 1; null without requests. */
  readonly errorRate: number | null;
  /** Null without latencies. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface SequentialEvidence {
  /** The canary is rolled back when it reaches `bound`. */
  readonly e: number;
  readonly bound: number;
  readonly eErrors: number;
  readonly eLatency: number;
  /** Of each counter of the service's own. */
  readonly eMetrics: Readonly<Record<string, number>>;
  /** Valid however often it is looked at. */
  readonly pValue: number;
  /** Evidence that the canary is not twice as bad; a step ends early when both reach `bound`. */
  readonly harmless: {
    readonly errors: number;
    readonly latency: number | null;
    readonly bound: number;
  };
  /** Evidence that the service as a whole does worse than before the step; held at `bound`. */
  readonly sharedFate: number;
  /** By what evidence of errors is weakened, because they come in bursts; 1: it is not. */
  readonly phi: number;
  /** Of faults that were there since the first step. */
  readonly detectable: Detectable;
}
