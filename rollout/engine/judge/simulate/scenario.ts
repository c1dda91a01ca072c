import type { Histogram } from '../tick.ts';

/** A canary to be simulated. Functions take the seconds since its first request. */
export interface Scenario {
  readonly requestsPerSecond: number;
  readonly minutes: number;
  /** Percent that the canary was meant to get. */
  readonly traffic: (second: number) => number;
  /** 0 to 1, what it gets. */
  readonly share: (second: number) => number;
  readonly stable: Behaviour;
  readonly canary: Behaviour;
  /** Errors beside those of the behaviours, in bursts; null: none. */
  readonly bursts: Bursts | null;
}

export interface Behaviour {
  readonly errorRate: (second: number) => number;
  /** Shares by bucket; the same object for the same distribution. */
  readonly latency: (second: number) => Histogram;
}

/** Clients that stick to one instance of one arm and repeat a request that fails. */
export interface Bursts {
  readonly perSecond: number;
  /** Of a geometric number. */
  readonly meanErrors: number;
  readonly lastSeconds: number;
  readonly stableInstances: number;
  /** What the source of the ticks knows. */
  readonly known: 'clients' | 'instances' | 'nothing';
}

/** As the tables of this folder suppose: 5 s ticks. */
export const TICK_SECONDS = 5;
