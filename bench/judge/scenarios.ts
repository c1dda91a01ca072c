import {
  stretchSlowest,
  usualLatency,
  failing,
  healthy,
  slower,
  withCanary,
} from 'rollout/engine/judge/simulate/fault.ts';
import { TICK_SECONDS } from 'rollout/engine/judge/simulate/scenario.ts';
import type { Bursts, Scenario } from 'rollout/engine/judge/simulate/scenario.ts';

/** One line of the table: a scenario and what must be reached there. */
export interface Row {
  readonly scenario: Scenario;
  /** The share of canaries that may or must be rolled back; null: it is shown, no more. */
  readonly rolledBack: { readonly atMost: number } | { readonly atLeast: number } | null;
  /** Of the median. */
  readonly seconds?: number;
  /** Of the median. */
  readonly failedRequests?: number;
  /** The share of canaries that may end a step early. */
  readonly endsEarly?: number;
  /** Latency does not count before: seconds are told from there. */
  readonly warmSeconds?: number;
}

const WARM_UP_SECONDS = 60;
/** So that a canary is judged by its latency for 15 minutes. */
const WARM_MINUTES = 16;
const RARELY = { atMost: 0.01 } as const;
const ALWAYS = { atLeast: 1 } as const;

const at = (requestsPerSecond: number, errorRate: number, minutes = 15): Scenario =>
  healthy({ requestsPerSecond, errorRate, minutes });
const warm = (requestsPerSecond: number): Scenario => at(requestsPerSecond, 0.005, WARM_MINUTES);

export const ROWS: Readonly<Record<string, Row>> = {
  ...healthyRows(),
  '2 both arms flap by 10 points': { scenario: flapping(at(20, 0.005)), rolledBack: RARELY },
  '2 real share 12 %, not 10 %': {
    scenario: { ...at(20, 0.02), share: () => 0.12 },
    rolledBack: RARELY,
  },
  '2 steps 10-25-50': { scenario: stepping(at(20, 0.02)), rolledBack: RARELY },
  ...burstRows(20, 0.05),
  ...burstRows(200, 0.1),
  '3 rare bursts, instances known, 20/s': {
    scenario: {
      ...at(20, 0.001),
      bursts: {
        perSecond: 0.01,
        meanErrors: 10,
        lastSeconds: 5,
        stableInstances: 9,
        known: 'instances',
      },
    },
    rolledBack: null,
  },
  '4 cold start, latency x2 decaying over 60 s': {
    scenario: withCanary(at(20, 0.005), {
      latency: (second) => usualLatency(1 + Math.max(0, 1 - second / WARM_UP_SECONDS)),
    }),
    rolledBack: RARELY,
  },
  ...errorRows(),
  ...latencyRows(),
  '10 slow burn to +5 points, 20/s': {
    scenario: slowBurn(at(20, 0.005), 0.05),
    rolledBack: ALWAYS,
    seconds: 430,
  },
  '10 errors x5 of 0.5 % from minute 8, 20/s': {
    scenario: failing(at(20, 0.005), 0.025, 480),
    rolledBack: { atLeast: 0.86 },
  },
  '11 errors x2 of 0.5 %, 20/s': {
    scenario: failing(at(20, 0.005), 0.01),
    rolledBack: null,
    endsEarly: 0.05,
  },
  '11 errors x2 of 2 %, 20/s': {
    scenario: failing(at(20, 0.02), 0.04),
    rolledBack: null,
    endsEarly: 0.05,
  },
  '11 errors x2 of 2 %, 200/s': {
    scenario: failing(at(200, 0.02), 0.04),
    rolledBack: null,
    endsEarly: 0.05,
  },
};

function healthyRows(): Record<string, Row> {
  const cells = [0.001, 0.005, 0.02].flatMap((rate) =>
    [2, 20, 200].map((perSecond) => ({ rate, perSecond })),
  );
  return Object.fromEntries(
    cells.map(({ rate, perSecond }) => [
      `1 nothing wrong, ${rate * 100} % errors, ${perSecond}/s`,
      { scenario: at(perSecond, rate), rolledBack: RARELY },
    ]),
  );
}

function flapping(scenario: Scenario): Scenario {
  const errorRate = (second: number) => (Math.floor(second / 30) % 2 === 1 ? 0.105 : 0.005);
  return withCanary({ ...scenario, stable: { ...scenario.stable, errorRate } }, { errorRate });
}

function stepping(scenario: Scenario): Scenario {
  const traffic = (second: number) => [10, 25, 50][Math.floor(second / 300)] ?? 50;
  return { ...scenario, traffic, share: (second) => traffic(second) / 100 };
}

/** More errors with each tick; the last has all of `more`. */
function slowBurn(scenario: Scenario, more: number): Scenario {
  const usual = scenario.canary.errorRate;
  const ticks = (scenario.minutes * 60) / TICK_SECONDS;
  return withCanary(scenario, {
    errorRate: (second) => usual(second) + (more * Math.ceil(second / TICK_SECONDS)) / ticks,
  });
}

/** Clients that stick to an instance and fail ten times, on average, within 5 s. */
function burstRows(requestsPerSecond: number, perSecond: number): Record<string, Row> {
  const scenario = at(requestsPerSecond, 0.001);
  const bursts = { perSecond, meanErrors: 10, lastSeconds: 5, stableInstances: 9 };
  const row = (known: Bursts['known'], rolledBack: Row['rolledBack']): Row => ({
    scenario: { ...scenario, bursts: { ...bursts, known } },
    rolledBack,
  });
  return {
    [`3 bursts, clients known, ${requestsPerSecond}/s`]: row('clients', RARELY),
    [`3 bursts, instances known, ${requestsPerSecond}/s`]: row('instances', { atMost: 0.015 }),
    [`3 bursts, neither known, ${requestsPerSecond}/s`]: row('nothing', null),
  };
}

function errorRows(): Record<string, Row> {
  const outage = (perSecond: number, seconds: number, failedRequests: number): Row => ({
    scenario: failing(at(perSecond, 0.005), 0.2),
    rolledBack: ALWAYS,
    seconds,
    failedRequests,
  });
  const worse = (perSecond: number, [rate, times]: [number, number]): Scenario =>
    failing(at(perSecond, rate), rate * times);
  const mostly = { atLeast: 0.995 };
  return {
    '5 20 % errors, 2/s': outage(2, 130, 5),
    '5 20 % errors, 20/s': outage(20, 15, 5),
    '5 20 % errors, 200/s': outage(200, 5, 20),
    '6 errors x5 of 0.5 %, 2/s': { scenario: worse(2, [0.005, 5]), rolledBack: null },
    '6 errors x5 of 0.5 %, 20/s': {
      scenario: worse(20, [0.005, 5]),
      rolledBack: mostly,
      seconds: 205,
    },
    '6 errors x5 of 0.5 %, 200/s': {
      scenario: worse(200, [0.005, 5]),
      rolledBack: mostly,
      seconds: 25,
    },
    '7 errors x2 of 2 %, 20/s': { scenario: worse(20, [0.02, 2]), rolledBack: { atLeast: 0.88 } },
    '7 errors x2 of 2 %, 200/s': {
      scenario: worse(200, [0.02, 2]),
      rolledBack: ALWAYS,
      seconds: 55,
    },
  };
}

function latencyRows(): Record<string, Row> {
  const row = (scenario: Scenario, rolledBack: Row['rolledBack'], seconds?: number): Row => ({
    scenario,
    rolledBack,
    warmSeconds: WARM_UP_SECONDS,
    ...(seconds !== undefined && { seconds }),
  });
  const tail = withCanary(warm(20), { latency: () => stretchSlowest(1.3) });
  return {
    '8 latency x1.3, 20/s': row(slower(warm(20), 1.3), ALWAYS, 65),
    '8 latency x1.3, 200/s': row(slower(warm(200), 1.3), ALWAYS, 10),
    '8 latency x2, 2/s': row(slower(warm(2), 2), ALWAYS, 115),
    '9 latency x1.1, 20/s': row(slower(warm(20), 1.1), { atLeast: 0.93 }),
    '9 only the slowest 10 % x1.3, 20/s': row(tail, ALWAYS, 205),
  };
}
