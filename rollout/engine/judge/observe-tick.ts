import { addArm } from './count/arm-counts.ts';
import { countFirstErrors } from './count/first-errors.ts';
import type { FirstErrors } from './count/first-errors.ts';
import { boundsNearest, countOf, countSlower, haveSameBounds } from './count/latency.ts';
import { addToMixture, priorAt } from './evidence/change-mixture.ts';
import { dispersionOf } from './evidence/dispersion.ts';
import { errorPsis, HARMLESS_QUANTILE, LATENCY_QUANTILES, latencyPsis } from './evidence/grid.ts';
import { logRatios } from './evidence/log-ratios.ts';
import type { Pair } from './evidence/log-ratios.ts';
import { eValueOf } from './verdict/e-value.ts';
import type { JudgeState, SequentialPolicy, StepState } from './judge-state.ts';
import type { Arm, Histogram, Tick } from './tick.ts';

/** A new instance is slow at first, which is no fault of the release. */
const WARM_UP_SECONDS = 60;
/** So long after a step began its traffic may still move. */
const SETTLING_SECONDS = 10;
/** Quantiles of fewer stable requests are too rough to be thresholds. */
const MIN_HISTORY = 50;
/** What a canary is proved not to be, for an early end of a step. */
const HARMFUL_PSI = 2;

/** The state after one more tick; ticks come in order. */
export function observeTick(state: JudgeState, tick: Tick): JudgeState {
  const firsts = countFirstErrors(tick, state.seen);
  const phi = Math.max(state.phi, dispersionOf(tick.stable?.instances));
  const history = addArm(state.history, tick.stable, firsts.stable);
  const known = { ...state, seen: firsts.seen, phi, history };
  if (state.step === null) return known;
  const isWarm = state.canarySeconds >= WARM_UP_SECONDS;
  const { canary, stable } = state.rollout;
  const counted = {
    ...known,
    ticks: state.ticks + 1,
    canarySeconds: state.canarySeconds + tick.seconds,
    rollout: {
      canary: addArm(canary, tick.canary, firsts.canary),
      stable: addArm(stable, tick.stable, firsts.stable),
    },
    step: addToStep(state.step, tick, firsts),
  };
  if (state.policy.kind === 'thresholds') return counted;
  return weigh(counted, state.policy, {
    events: eventPairs(tick, Object.keys(state.metrics)),
    errors: errorPair(tick, firsts),
    slow: isWarm ? slowPairs(tick, state.history.latency) : null,
    phi: firsts.areKeyed ? 1 : phi,
  });
}

function addToStep(step: StepState, tick: Tick, firsts: FirstErrors): StepState {
  const isSettled = step.seconds >= SETTLING_SECONDS;
  return {
    ...step,
    seconds: step.seconds + tick.seconds,
    canary: addArm(step.canary, tick.canary, firsts.canary),
    stable: addArm(step.stable, tick.stable, firsts.stable),
    split: {
      canary: step.split.canary + (isSettled ? (tick.canary?.requests ?? 0) : 0),
      stable: step.split.stable + (isSettled ? (tick.stable?.requests ?? 0) : 0),
    },
  };
}

function errorPair({ canary, stable }: Tick, firsts: FirstErrors): Pair {
  return {
    canaryRequests: canary?.requests ?? 0,
    canaryEvents: firsts.canary,
    stableRequests: stable?.requests ?? 0,
    stableEvents: firsts.stable,
  };
}

/** For each quantile, by thresholds that only the past decided; null where they cannot be told. */
function slowPairs({ canary, stable }: Tick, past: Histogram | null): Pair[] | null {
  if (!canary?.latency || !stable?.latency || past === null) return null;
  if (!haveSameBounds(canary.latency, past) || !haveSameBounds(stable.latency, past)) return null;
  if (countOf(past) < MIN_HISTORY) return null;
  const thresholds = boundsNearest(past, LATENCY_QUANTILES);
  const ofStable = countSlower(stable, thresholds);
  return countSlower(canary, thresholds).map((slow, at) => ({
    canaryRequests: canary.requests,
    canaryEvents: slow,
    stableRequests: stable.requests,
    stableEvents: ofStable[at] ?? 0,
  }));
}

/** A request that counts twice would be evidence twice. */
function eventPairs({ canary, stable }: Tick, names: readonly string[]): Record<string, Pair> {
  const eventsOf = (arm: Arm | null, name: string) =>
    Math.min(arm?.requests ?? 0, arm?.events?.[name] ?? 0);
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        canaryRequests: canary?.requests ?? 0,
        canaryEvents: eventsOf(canary, name),
        stableRequests: stable?.requests ?? 0,
        stableEvents: eventsOf(stable, name),
      },
    ]),
  );
}

interface Observation {
  /** Of each counter of the service's own. */
  readonly events: Readonly<Record<string, Pair>>;
  readonly errors: Pair;
  readonly slow: readonly Pair[] | null;
  /** By what the evidence of errors is weakened because they come in bursts. */
  readonly phi: number;
}

function weigh(
  state: JudgeState,
  { margin }: SequentialPolicy,
  { events, errors, slow, phi }: Observation,
): JudgeState {
  const prior = priorAt(state.ticks - 1, state.plannedTicks);
  const weakened = (pair: Pair) =>
    logRatios(pair, errorPsis(margin), margin).map((log) => log / phi);
  const ofLatency = slow?.flatMap((pair) => logRatios(pair, latencyPsis(margin), margin)) ?? [];
  const next = {
    ...state,
    errors: addToMixture(state.errors, weakened(errors), prior),
    latency: addToMixture(state.latency, ofLatency, prior),
    metrics: Object.fromEntries(
      Object.entries(state.metrics).map(([name, mixture]) => {
        const pair = events[name];
        return [name, pair ? addToMixture(mixture, weakened(pair), prior) : mixture];
      }),
    ),
    step: state.step && proveHarmless(state.step, { errors, slow, phi }),
  };
  return { ...next, pValue: Math.min(state.pValue, 1 / eValueOf(next).together) };
}

function proveHarmless(
  step: StepState,
  { errors, slow, phi }: Omit<Observation, 'events'>,
): StepState {
  const { harmless } = step;
  const tail = slow?.[HARMLESS_QUANTILE];
  return {
    ...step,
    harmless: {
      errors: harmless.errors - logHarmful(errors) / phi,
      latency: tail ? (harmless.latency ?? 0) - logHarmful(tail) : harmless.latency,
    },
  };
}

function logHarmful(pair: Pair): number {
  return logRatios(pair, [HARMFUL_PSI])[0] ?? 0;
}
