import { z } from 'zod';
import { fitHistogram } from '../../engine/judge/fit-histogram.ts';
import type { RevisionCount, TickWindow } from '../../engine/judge/gather-ticks.ts';
import type { Histogram } from '../../engine/judge/tick.ts';
import type { MetricNames } from './metric-names.ts';

/** An answer of `/api/v1/query_range`: https://prometheus.io/docs/prometheus/latest/querying/api */
export const matrixAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        /** Seconds since 1970, and the value as text. */
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});
export type Matrix = z.infer<typeof matrixAnswer>['data']['result'];

export interface Matrices {
  readonly requests: Matrix;
  readonly latencies: Matrix;
  /** By the name that ticks have for them. */
  readonly counters: Readonly<Record<string, Matrix>>;
}

/** What all queries say of each revision in each tick. No point is no data, and not zero. */
export function readMatrix(
  { requests, latencies, counters }: Matrices,
  { labels, latencyUnitMs }: MetricNames,
  window: TickWindow,
): RevisionCount[] {
  const timed = Map.groupBy(pointsOf(latencies, [labels.revision, 'le'], window), keyOf);
  const counted = Map.groupBy(pointsOf(requests, [labels.revision, labels.status], window), keyOf);
  const events = Object.entries(counters).map(
    ([name, matrix]) =>
      [name, Map.groupBy(pointsOf(matrix, [labels.revision, ''], window), keyOf)] as const,
  );
  return [...counted].map(([key, here]) => {
    const total = sum(here);
    const histogram = toHistogram(timed.get(key) ?? [], latencyUnitMs);
    return {
      revision: here[0]?.revision ?? '',
      tick: here[0]?.tick ?? 0,
      requests: total,
      errors: sum(here.filter(({ label }) => label.startsWith('5'))),
      latency: histogram && fitHistogram(histogram, total),
      // A counter without a series has counted nothing yet.
      ...(events.length > 0 && {
        events: Object.fromEntries(events.map(([name, of]) => [name, sum(of.get(key) ?? [])])),
      }),
    };
  });
}

interface CountPoint {
  readonly revision: string;
  readonly tick: number;
  readonly label: string;
  readonly value: number;
}

function pointsOf(
  matrix: Matrix,
  [revisionLabel, label]: readonly [string, string],
  { startMs, tickSeconds }: TickWindow,
): CountPoint[] {
  return matrix
    .flatMap(({ metric, values }) =>
      values.map(([endSeconds, value]) => ({
        revision: metric[revisionLabel] ?? '',
        tick: Math.round((endSeconds - startMs / 1000) / tickSeconds) - 1,
        label: metric[label] ?? '',
        value: Number(value),
      })),
    )
    .filter(({ value }) => Number.isFinite(value));
}

function keyOf({ revision, tick }: CountPoint): string {
  return `${revision} ${tick}`;
}

/** `increase` extrapolates to the ends of its range: it gives parts of requests. */
function sum(points: readonly CountPoint[]): number {
  return Math.round(points.reduce((total, { value }) => total + value, 0));
}

/** Buckets of Prometheus are cumulative; null when there are none. */
function toHistogram(points: readonly CountPoint[], unitMs: number): Histogram | null {
  const rising = points
    .map(({ label, value }) => ({
      boundMs: Number(label.replace('+Inf', 'Infinity')) * unitMs,
      value,
    }))
    .toSorted((a, b) => a.boundMs - b.boundMs);
  if (rising.length < 2 || rising.at(-1)?.boundMs !== Infinity) return null;
  return {
    boundsMs: rising.slice(0, -1).map(({ boundMs }) => boundMs),
    counts: rising.map(({ value }, at) => Math.max(0, value - (rising[at - 1]?.value ?? 0))),
  };
}
