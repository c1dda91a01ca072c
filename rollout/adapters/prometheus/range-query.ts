import type { TickWindow } from '../../engine/judge/gather-ticks.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';
import type { MetricNames } from './metric-names.ts';

/** Parameters of `/api/v1/query_range`: one point at the end of each tick. */
export interface RangeQuery {
  readonly query: string;
  readonly start: string;
  readonly end: string;
  readonly step: string;
}

export function requestsQuery(
  { service }: ServiceRef,
  { requests, labels }: MetricNames,
  window: TickWindow,
): RangeQuery {
  const selector = `${requests}{${labels.service}="${service}"}`;
  return increaseOf(selector, [labels.revision, labels.status], window);
}

export function latencyQuery(
  { service }: ServiceRef,
  { latencyBuckets, labels }: MetricNames,
  window: TickWindow,
): RangeQuery {
  const selector = `${latencyBuckets}{${labels.service}="${service}"}`;
  return increaseOf(selector, [labels.revision, 'le'], window);
}

/** A counter of the service's own, with the labels of the others. */
export function counterQuery(
  { service }: ServiceRef,
  { counter, labels }: { readonly counter: string; readonly labels: MetricNames['labels'] },
  window: TickWindow,
): RangeQuery {
  return increaseOf(`${counter}{${labels.service}="${service}"}`, [labels.revision], window);
}

/** A point covers the range before it, so that each tick is asked for at its end. */
function increaseOf(
  selector: string,
  labels: readonly string[],
  { startMs, tickSeconds, ticks }: TickWindow,
): RangeQuery {
  const startSeconds = startMs / 1000;
  return {
    query: `sum by (${labels.join(', ')}) (increase(${selector}[${tickSeconds}s]))`,
    start: String(startSeconds + tickSeconds),
    end: String(startSeconds + ticks * tickSeconds),
    step: String(tickSeconds),
  };
}
