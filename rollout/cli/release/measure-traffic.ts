import { AppError } from 'base/error.ts';
import { addHistogram } from '../../engine/judge/count/latency.ts';
import { detectableWith } from '../../engine/judge/power/detectable.ts';
import { expectTraffic } from '../../engine/judge/power/expect-traffic.ts';
import type { UsualTraffic } from '../../engine/judge/power/expect-traffic.ts';
import type { Arm, Histogram, Tick } from '../../engine/judge/tick.ts';
import type { Have } from '../../engine/plan/have.ts';
import type { PlanFacts } from '../../engine/plan/plan.ts';
import type { RolloutDeps } from '../../engine/rollout/rollout-deps.ts';
import type { Strategy } from '../../engine/service/rollout-spec.ts';

const WINDOW_MS = 10 * 60_000;
const LEAST_TICK_SECONDS = 5;

type MeasuredTraffic = UsualTraffic & { readonly requests: number };

/** What the judge will be able to see, from the traffic of the last ten minutes. */
export async function measureTraffic(
  have: Have | null,
  { judge }: Strategy,
  deps: Pick<RolloutDeps, 'ticks' | 'clock'>,
): Promise<PlanFacts> {
  const usual = have && (await readUsual(have, deps));
  const { readsCounters } = deps.ticks;
  if (!usual) return { detectable: () => null, measuredRequests: 0, readsCounters };
  return {
    readsCounters,
    detectable: (step) => detectableWith(expectTraffic(usual, step), judge),
    measuredRequests: usual.requests,
  };
}

/** Null when nothing can be known: a plan is made without it, too. */
async function readUsual(
  { ref, served }: Have,
  { ticks, clock }: Pick<RolloutDeps, 'ticks' | 'clock'>,
): Promise<MeasuredTraffic | null> {
  const [canary, ...stable] = served.flatMap(({ revision, percent }) =>
    percent > 0 && revision !== null ? [revision] : [],
  );
  if (canary === undefined) return null;
  try {
    const { tickSeconds, delaySeconds } = await ticks.describe(ref);
    const from = new Date(clock.now().getTime() - delaySeconds * 1000 - WINDOW_MS).toISOString();
    const wanted = {
      ref,
      canary,
      stable,
      from,
      tickSeconds: Math.max(LEAST_TICK_SECONDS, tickSeconds),
      counters: {},
    };
    const read = fromFirstRequest(await ticks.readTicks(wanted));
    const spanSeconds = read.reduce((sum, one) => sum + one.seconds, 0);
    return usualOf(
      read.flatMap((one) => [one.canary, one.stable]),
      spanSeconds,
    );
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** A service that is younger than the window has not been idle before. */
function fromFirstRequest(ticks: readonly Tick[]): readonly Tick[] {
  const first = ticks.findIndex(({ canary, stable }) => canary !== null || stable !== null);
  return first === -1 ? [] : ticks.slice(first);
}

function usualOf(arms: readonly (Arm | null)[], spanSeconds: number): MeasuredTraffic | null {
  const known = arms.flatMap((arm) => arm ?? []);
  const requests = known.reduce((sum, arm) => sum + arm.requests, 0);
  if (requests === 0 || spanSeconds === 0) return null;
  return {
    requests,
    requestsPerSecond: requests / spanSeconds,
    errorRate: known.reduce((sum, { errors }) => sum + errors, 0) / requests,
    latency: known.reduce<Histogram | null>((sum, arm) => addHistogram(sum, arm.latency), null),
  };
}
