import { startJudge, startStep } from 'rollout/engine/judge/judge-state.ts';
import { observeTick } from 'rollout/engine/judge/observe-tick.ts';
import { healthy } from 'rollout/engine/judge/simulate/fault.ts';
import { seededRandom } from 'rollout/engine/judge/simulate/random.ts';
import { TickSimulator } from 'rollout/engine/judge/simulate/simulate-ticks.ts';
import { SEQUENTIAL } from 'rollout/engine/service/resolve/preset.ts';

const ROUNDS = 5;

/** The mean over a whole canary of 15 minutes at 200 requests/s; the best of a few rounds. */
export function tickCostMs(): number {
  const scenario = healthy({ requestsPerSecond: 200, errorRate: 0.02 });
  const ticks = [...new TickSimulator(scenario).run(seededRandom(1))];
  const costs = Array.from({ length: ROUNDS }, () => {
    let state = startStep(startJudge(SEQUENTIAL, ticks.length), { traffic: 10, maxErrors: null });
    const startedAt = performance.now();
    for (const tick of ticks) state = observeTick(state, tick);
    return (performance.now() - startedAt) / ticks.length;
  });
  return Math.min(...costs);
}
