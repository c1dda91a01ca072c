import type { Arm, Histogram, Tick } from '../tick.ts';
import { BurstQueue } from './burst-queue.ts';
import type { BurstErrors } from './burst-queue.ts';
import { binomialNumber, poisson } from './poisson.ts';
import type { Sampler } from './poisson.ts';
import type { Random } from './random.ts';
import { TICK_SECONDS } from './scenario.ts';
import type { Behaviour, Scenario } from './scenario.ts';

const USUAL_SECONDS = 900;

/** Ticks of a scenario, each with Poisson arrivals in both arms. */
export class TickSimulator {
  readonly #scenario: Scenario;
  readonly #cells = new Map<Histogram, Map<number, readonly Sampler[]>>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  *run(random: Random): Generator<Tick, void> {
    const { minutes, requestsPerSecond, share, stable, canary, bursts } = this.#scenario;
    const queue = bursts && new BurstQueue(bursts, random);
    for (let second = 0; second < minutes * 60; second += TICK_SECONDS) {
      const requests = requestsPerSecond * TICK_SECONDS;
      const onCanary = share(second);
      const burst = queue?.next(onCanary);
      yield {
        startAt: new Date(second * 1000).toISOString(),
        seconds: TICK_SECONDS,
        canary: this.#arm(
          canary,
          { second, requests: requests * onCanary, burst: burst?.canary },
          random,
        ),
        stable: this.#arm(
          stable,
          { second, requests: requests * (1 - onCanary), burst: burst?.stable },
          random,
        ),
      };
    }
  }

  /** Stable alone, in the minutes before the canary. */
  *usual(random: Random): Generator<Tick, void> {
    const { requestsPerSecond, stable, bursts } = this.#scenario;
    const queue = bursts && new BurstQueue(bursts, random);
    const requests = requestsPerSecond * TICK_SECONDS;
    for (let second = -USUAL_SECONDS; second < 0; second += TICK_SECONDS) {
      yield {
        startAt: new Date(second * 1000).toISOString(),
        seconds: TICK_SECONDS,
        canary: null,
        stable: this.#arm(stable, { second, requests, burst: queue?.next(0).stable }, random),
      };
    }
  }

  #arm(behaviour: Behaviour, { second, requests, burst }: ArmMoment, random: Random): Arm {
    const middle = second + TICK_SECONDS / 2;
    const shares = behaviour.latency(middle);
    const counts = this.#samplers(shares, requests).map((sample) => sample(random));
    const arrived = counts.reduce((sum, count) => sum + count, 0);
    const errors = binomialNumber(arrived, behaviour.errorRate(middle), random);
    const latency = { boundsMs: shares.boundsMs, counts };
    if (burst === undefined) return { requests: arrived, errors, latency };
    // Their answers are the fastest.
    counts[0] = (counts[0] ?? 0) + burst.errors;
    return {
      requests: arrived + burst.errors,
      errors: errors + burst.errors,
      latency,
      ...burst.known(arrived, errors),
    };
  }

  #samplers(shares: Histogram, requests: number): readonly Sampler[] {
    const byRequests = this.#cells.get(shares) ?? new Map<number, readonly Sampler[]>();
    this.#cells.set(shares, byRequests);
    const known = byRequests.get(requests);
    if (known) return known;
    const samplers = shares.counts.map((share) => poisson(share * requests));
    byRequests.set(requests, samplers);
    return samplers;
  }
}

interface ArmMoment {
  readonly second: number;
  /** Expected. */
  readonly requests: number;
  readonly burst: BurstErrors | undefined;
}
