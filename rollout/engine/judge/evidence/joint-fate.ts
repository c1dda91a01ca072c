import type { ArmCounts } from '../count/arm-counts.ts';
import { boundsNearest, countSlower, haveSameBounds } from '../count/latency.ts';
import { LATENCY_QUANTILES } from './grid.ts';
import { logRatios } from './log-ratios.ts';

/** Milder changes of a whole service are its day, not the release. */
const MARGIN = 1.5;
const ERROR_PSIS: readonly number[] = [2, 4, 10, 40];
const LATENCY_PSIS: readonly number[] = [2.5, 5];

/**
 * Requests of one stall are slow together, which is no independent evidence: a single slow second of
 * a busy machine came to 1e9 in the first second of a step. Of a minute it is less than a tenth.
 */
const SLOWNESS_AFTER_SECONDS = 60;
const SLOW_QUANTILES = LATENCY_QUANTILES.filter((quantile) => quantile <= 0.9);

/**
 * Evidence that what serves now does worse than what served before, as a canary hurts both arms
 * that ruins what they share (a migration, a cache). Comparing the arms cannot see that. It is
 * exact at one look, and no verdict on the release: more than the release may have changed since.
 */
export function jointFate(
  now: ArmCounts,
  before: ArmCounts,
  { phi, seconds }: { readonly phi: number; readonly seconds: number },
): number {
  if (now.requests === 0 || before.requests === 0) return 1;
  const pair = {
    canaryRequests: now.requests,
    canaryEvents: now.firstErrors,
    stableRequests: before.requests,
    stableEvents: before.firstErrors,
  };
  const errors = meanRatio(logRatios(pair, ERROR_PSIS, MARGIN).map((log) => log / phi));
  return (errors + (seconds < SLOWNESS_AFTER_SECONDS ? 1 : slowness(now, before))) / 2;
}

function slowness(now: ArmCounts, before: ArmCounts): number {
  if (!now.latency || !before.latency || !haveSameBounds(now.latency, before.latency)) return 1;
  const thresholds = boundsNearest(before.latency, SLOW_QUANTILES);
  const slowBefore = countSlower(before, thresholds);
  return meanRatio(
    countSlower(now, thresholds).flatMap((slow, at) =>
      logRatios(
        {
          canaryRequests: now.requests,
          canaryEvents: slow,
          stableRequests: before.requests,
          stableEvents: slowBefore[at] ?? 0,
        },
        LATENCY_PSIS,
        MARGIN,
      ),
    ),
  );
}

function meanRatio(logs: readonly number[]): number {
  const sum = logs.reduce((total, log) => total + Math.exp(Math.min(500, log)), 0);
  return sum / logs.length;
}
