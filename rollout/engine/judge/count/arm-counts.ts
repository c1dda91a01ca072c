import type { Arm, Histogram } from '../tick.ts';
import { addCounts } from './add-counts.ts';
import type { Counts } from './add-counts.ts';
import { addHistogram } from './latency.ts';

/** What an arm did in several ticks. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  /** Errors as evidence counts them: one for each client. */
  readonly firstErrors: number;
  readonly latency: Histogram | null;
  /** Of the service's own counters. */
  readonly events: Counts;
}

export const NO_COUNTS: ArmCounts = {
  requests: 0,
  errors: 0,
  firstErrors: 0,
  latency: null,
  events: {},
};

export function addArm(sum: ArmCounts, arm: Arm | null, firstErrors: number): ArmCounts {
  if (arm === null) return sum;
  return {
    requests: sum.requests + arm.requests,
    errors: sum.errors + arm.errors,
    firstErrors: sum.firstErrors + firstErrors,
    latency: addHistogram(sum.latency, arm.latency),
    events: addCounts(sum.events, arm.events),
  };
}
