import type { protos } from '@google-cloud/monitoring';
import { fitHistogram } from '../../engine/judge/fit-histogram.ts';
import type { RevisionCount, TickWindow } from '../../engine/judge/gather-ticks.ts';
import { toHistogram } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { CLASS_LABEL, REVISION_LABEL } from './series-request.ts';

export type Series = protos.google.monitoring.v3.ITimeSeries;

export interface ReadSeries {
  readonly counted: readonly Series[];
  readonly timed: readonly Series[];
  /** By the name that ticks have for them. */
  readonly counters: Readonly<Record<string, readonly Series[]>>;
}

/** What all metrics say of each revision in each tick. No point is no data, and not zero. */
export function readSeries(
  window: TickWindow,
  { counted, timed, counters }: ReadSeries,
): RevisionCount[] {
  const latencies = Map.groupBy(
    timed.flatMap((series) => pointsOf(series, window)),
    keyOf,
  );
  const events = Object.entries(counters).map(
    ([name, series]) =>
      [
        name,
        Map.groupBy(
          series.flatMap((one) => pointsOf(one, window)),
          keyOf,
        ),
      ] as const,
  );
  const points = counted.flatMap((series) => pointsOf(series, window));
  return [...Map.groupBy(points, keyOf)].map(([key, here]) => {
    const requests = sum(here);
    const distribution = latencies.get(key)?.[0]?.distribution;
    const histogram = distribution ? toHistogram(distribution) : null;
    return {
      revision: here[0]?.revision ?? '',
      tick: here[0]?.tick ?? 0,
      requests,
      errors: sum(here.filter(({ answers }) => answers === '5xx')),
      latency: histogram && fitHistogram(histogram, requests),
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
  /** Class of answers, such as `5xx`. */
  readonly answers: string;
  readonly value: number;
  readonly distribution: Distribution | null;
}

function pointsOf({ resource, metric, points }: Series, window: TickWindow): CountPoint[] {
  return (points ?? []).map(({ interval, value }) => ({
    revision: resource?.labels?.[REVISION_LABEL] ?? '',
    // A point stands at the end of its period.
    tick: tickEndingAt(Number(interval?.endTime?.seconds ?? 0), window),
    answers: metric?.labels?.[CLASS_LABEL] ?? '',
    value: Number(value?.int64Value ?? value?.doubleValue ?? 0),
    distribution: value?.distributionValue ?? null,
  }));
}

function tickEndingAt(endSeconds: number, { startMs, tickSeconds }: TickWindow): number {
  return Math.round((endSeconds - startMs / 1000) / tickSeconds) - 1;
}

function keyOf({ revision, tick }: CountPoint): string {
  return `${revision} ${tick}`;
}

function sum(points: readonly CountPoint[]): number {
  return Math.round(points.reduce((total, { value }) => total + value, 0));
}
