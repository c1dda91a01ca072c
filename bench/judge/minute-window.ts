import { addArm, NO_COUNTS } from 'rollout/engine/judge/count/arm-counts.ts';
import type { ArmCounts } from 'rollout/engine/judge/count/arm-counts.ts';
import { quantileOf } from 'rollout/engine/judge/count/latency.ts';
import type { Tick } from 'rollout/engine/judge/tick.ts';

export interface Point {
  readonly errorRate: number;
  readonly p95Ms: number;
}

/** Ticks, gathered to points of a minute. */
export class MinuteWindow {
  #seconds = 0;
  #canary = NO_COUNTS;
  #stable = NO_COUNTS;

  /** The point that this tick completes, or null. */
  add(tick: Tick): { readonly canary: Point; readonly stable: Point } | null {
    this.#seconds += tick.seconds;
    this.#canary = addArm(this.#canary, tick.canary, 0);
    this.#stable = addArm(this.#stable, tick.stable, 0);
    if (this.#seconds < 60) return null;
    const points = { canary: pointOf(this.#canary), stable: pointOf(this.#stable) };
    this.#seconds = 0;
    this.#canary = NO_COUNTS;
    this.#stable = NO_COUNTS;
    return points;
  }
}

function pointOf({ requests, errors, latency }: ArmCounts): Point {
  return {
    errorRate: requests === 0 ? 0 : errors / requests,
    p95Ms: (latency && quantileOf(latency, 0.95)) ?? 0,
  };
}
