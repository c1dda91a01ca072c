import type { JudgePolicy } from '../service/rollout-spec.ts';
import { NO_CLIENTS } from './count/first-errors.ts';
import type { SeenClients } from './count/first-errors.ts';
import { NO_COUNTS } from './count/arm-counts.ts';
import type { ArmCounts } from './count/arm-counts.ts';
import { startMixture } from './evidence/change-mixture.ts';
import type { ChangeMixture } from './evidence/change-mixture.ts';
import { errorPsis, LATENCY_QUANTILES, latencyPsis } from './evidence/grid.ts';

export type SequentialPolicy = Extract<JudgePolicy, { readonly kind: 'sequential' }>;
export type ThresholdsPolicy = Extract<JudgePolicy, { readonly kind: 'thresholds' }>;

/** A step of the rollout as the judge sees it. */
export interface JudgedStep {
  /** Percent for the canary. */
  readonly traffic: number;
  /** With thresholds: more errors of the canary than this fail, instead of the policy's number. */
  readonly maxErrors: number | null;
}

/** Everything the judge remembers: plain data, a fold over steps and ticks. */
export interface JudgeState {
  readonly policy: JudgePolicy;
  readonly plannedTicks: number;
  /** Observed since the first step began. */
  readonly ticks: number;
  readonly errors: ChangeMixture;
  /** All psi of the first quantile, then of the next. */
  readonly latency: ChangeMixture;
  /** Of each counter of the service's own. */
  readonly metrics: Readonly<Record<string, ChangeMixture>>;
  /** The least that 1/E ever was. */
  readonly pValue: number;
  readonly seen: SeenClients;
  /**
   * phi: the most errors that came together on a stable instance in a tick. Evidence is divided by
   * the largest, not the mean: then no burst so far would have counted for more than one error.
   */
  readonly phi: number;
  /** Since it first had traffic. */
  readonly canarySeconds: number;
  /** All that the stable revisions did, also before the first step. */
  readonly history: ArmCounts;
  /** Since the first step began. */
  readonly rollout: { readonly canary: ArmCounts; readonly stable: ArmCounts };
  /** Null before the first step. */
  readonly step: StepState | null;
}

export interface StepState extends JudgedStep {
  readonly seconds: number;
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
  /** Requests, without those of the first seconds, in which traffic still moves. */
  readonly split: { readonly canary: number; readonly stable: number };
  /** What the stable revisions did before the step. */
  readonly before: ArmCounts;
  /** log F: evidence against "twice the odds"; latency is null until it counts. */
  readonly harmless: { readonly errors: number; readonly latency: number | null };
}

/** `plannedTicks`: of all steps together; a fault may begin at any of them. */
export function startJudge(policy: JudgePolicy, plannedTicks: number): JudgeState {
  const margin = policy.kind === 'sequential' ? policy.margin : 1;
  const metrics = policy.kind === 'sequential' ? Object.keys(policy.metrics) : [];
  const mixture = startMixture(errorPsis(margin).length);
  return {
    policy,
    plannedTicks: Math.max(1, Math.round(plannedTicks)),
    ticks: 0,
    errors: mixture,
    latency: startMixture(latencyPsis(margin).length * LATENCY_QUANTILES.length),
    metrics: Object.fromEntries(metrics.map((name) => [name, mixture])),
    pValue: 1,
    seen: NO_CLIENTS,
    phi: 1,
    canarySeconds: 0,
    history: NO_COUNTS,
    rollout: { canary: NO_COUNTS, stable: NO_COUNTS },
    step: null,
  };
}

/**
 * The ticks that follow are of this step. Evidence goes on, so that steps cost nothing; what is
 * asked of a step itself begins again. Ticks before the first step only show what is normal.
 */
export function startStep(state: JudgeState, { traffic, maxErrors }: JudgedStep): JudgeState {
  return {
    ...state,
    step: {
      traffic,
      maxErrors,
      seconds: 0,
      canary: NO_COUNTS,
      stable: NO_COUNTS,
      split: { canary: 0, stable: 0 },
      before: state.history,
      harmless: { errors: 0, latency: null },
    },
  };
}
