import type { Combiner } from './combine.ts';
import type { Point, SeriesSet } from './series.ts';

/** Equal windows of time, side by side. */
export interface Windows {
  readonly seconds: number;
  /** Where the last one ends. */
  readonly endSecond: number;
  /** Windows that end here or before are left out, except the last. */
  readonly afterSecond: number;
}

/** One point for each window in which there was any. */
export function alignSeries(
  { shape, series }: SeriesSet,
  windows: Windows,
  by: Combiner,
): SeriesSet {
  return {
    shape: by.shape(shape),
    series: series
      .map(({ fields, points }) => ({ fields, points: alignPoints(points, windows, by) }))
      .filter(({ points }) => points.length > 0),
  };
}

function alignPoints(points: readonly Point[], windows: Windows, { combine }: Combiner): Point[] {
  const { seconds, endSecond, afterSecond } = windows;
  const endOf = (point: Point) =>
    endSecond - Math.floor((endSecond - point.endSecond) / seconds) * seconds;
  const isWanted = (end: number) => end <= endSecond && (end > afterSecond || end === endSecond);
  return [...Map.groupBy(points, endOf)]
    .filter(([end]) => isWanted(end))
    .map(([end, inside]) => ({
      startSecond: end - seconds,
      endSecond: end,
      value: combine(
        inside.map(({ value }) => value),
        seconds,
      ),
    }));
}
