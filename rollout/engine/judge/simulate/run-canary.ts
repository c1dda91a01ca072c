import { startJudge, startStep } from '../judge-state.ts';
import type { JudgeState } from '../judge-state.ts';
import { observeTick } from '../observe-tick.ts';
import type { JudgePolicy } from '../../service/rollout-spec.ts';
import type { Tick } from '../tick.ts';
import { isHarmful, isHarmless } from '../verdict/is-decided.ts';
import { seededRandom } from './random.ts';
import { TICK_SECONDS } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { TickSimulator } from './simulate-ticks.ts';

/** How one simulated canary ended. */
export interface CanaryRun {
  /** Seconds from the first step to the rollback; null: it stayed. */
  readonly rolledBackAt: number | null;
  /** Failed requests of the canary until then. */
  readonly failedRequests: number;
  /** A step could have ended early. */
  readonly couldEndEarly: boolean;
}

/** Looks at a tick, and says whether the canary is to be rolled back. */
export type Watcher = (tick: Tick) => boolean;

export function runCanary(ticks: Iterable<Tick>, watch: Watcher): Omit<CanaryRun, 'couldEndEarly'> {
  let seconds = 0;
  let failedRequests = 0;
  for (const tick of ticks) {
    seconds += tick.seconds;
    failedRequests += tick.canary?.errors ?? 0;
    if (watch(tick)) return { rolledBackAt: seconds, failedRequests };
  }
  return { rolledBackAt: null, failedRequests };
}

/** The judge of this room over `runs` canaries; each has a seed of its own. */
export function runJudge(
  scenario: Scenario,
  policy: JudgePolicy,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): CanaryRun[] {
  const simulator = new TickSimulator(scenario);
  return Array.from({ length: runs }, (_, run) => {
    const watcher = new JudgeWatcher(scenario, policy);
    const ticks = simulator.run(seededRandom(seed + run * 0x9e3779b1));
    watcher.remember(simulator.usual(seededRandom(seed - run - 1)));
    const ended = runCanary(ticks, (tick) => watcher.watch(tick));
    return { ...ended, couldEndEarly: watcher.couldEndEarly };
  });
}

class JudgeWatcher {
  couldEndEarly = false;
  readonly #scenario: Scenario;
  #state: JudgeState;
  #second = 0;

  constructor(scenario: Scenario, policy: JudgePolicy) {
    this.#scenario = scenario;
    this.#state = startJudge(policy, (scenario.minutes * 60) / TICK_SECONDS);
  }

  /** Before the canary: what is normal. */
  remember(ticks: Iterable<Tick>): void {
    for (const tick of ticks) this.#state = observeTick(this.#state, tick);
  }

  watch(tick: Tick): boolean {
    const traffic = this.#scenario.traffic(this.#second);
    if (this.#state.step?.traffic !== traffic) {
      this.#state = startStep(this.#state, { traffic, maxErrors: null });
    }
    this.#second += tick.seconds;
    this.#state = observeTick(this.#state, tick);
    this.couldEndEarly ||= isHarmless(this.#state);
    return isHarmful(this.#state);
  }
}
