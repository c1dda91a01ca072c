import { parseDuration } from 'base/duration.ts';
import type { JudgePolicy, Step, Strategy } from '../rollout-spec.ts';

export const PRESET_NAMES = [
  'sequential',
  'canary-10-50-100',
  'gradual-25-50-100',
  'canary-10',
  'direct',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const minutes = (count: number): number => count * 60_000;

export const SEQUENTIAL: JudgePolicy & { readonly kind: 'sequential' } = {
  kind: 'sequential',
  alpha: 0.01,
  beta: 0.05,
  margin: 1,
  weights: { errors: 0.5, latency: 0.5 },
  metrics: {},
  soakMs: minutes(5),
  tickMs: parseDuration('5s'),
};

/** Nothing is judged but what a strategy adds. */
export const THRESHOLDS: JudgePolicy & { readonly kind: 'thresholds' } = {
  kind: 'thresholds',
  errorRate: null,
  p95Ms: null,
  p99Ms: null,
  minRequests: 100,
  maxErrors: null,
  tickMs: minutes(1),
};

function step(traffic: number, forMinutes: number, maxErrors: number | null = null): Step {
  return { traffic, durationMs: minutes(forMinutes), watchMs: 0, maxErrors };
}

function lastStep(watchMinutes: number): Step {
  return { traffic: 100, durationMs: 0, watchMs: minutes(watchMinutes), maxErrors: null };
}

const holdThenAbort = [
  { action: 'hold', forMs: parseDuration('24h') },
  { action: 'abort' },
] as const;

const common = {
  prove: { health: null, suite: null, retries: 5 },
  on: {
    inconclusive: [{ action: 'extend', forMs: minutes(10) }, ...holdThenAbort],
    noData: holdThenAbort,
    providerError: [{ action: 'retry', forMs: minutes(10) }, ...holdThenAbort],
  },
  keepRevisions: 5,
} as const;

/** Strategies by name; rollout.yaml may change any part of one. */
export const PRESETS: Readonly<Record<PresetName, Strategy>> = {
  sequential: { ...common, steps: [step(10, 5), step(50, 5), lastStep(10)], judge: SEQUENTIAL },
  'canary-10-50-100': {
    ...common,
    steps: [step(10, 5, 5), step(50, 5, 10), lastStep(5)],
    judge: THRESHOLDS,
  },
  'gradual-25-50-100': {
    ...common,
    steps: [step(25, 10), step(50, 10), lastStep(10)],
    judge: SEQUENTIAL,
  },
  // The defaults of `rollout monitor`, too.
  'canary-10': {
    ...common,
    steps: [step(10, 15), lastStep(0)],
    judge: { ...THRESHOLDS, errorRate: 0.01, p95Ms: 60_000, p99Ms: 120_000 },
  },
  direct: { ...common, steps: [lastStep(0)], judge: SEQUENTIAL },
};
