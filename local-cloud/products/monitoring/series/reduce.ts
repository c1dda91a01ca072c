import type { Combiner } from './combine.ts';
import type { Point, Series, SeriesSet } from './series.ts';

/** Stays with a series although it was not asked for. */
const ALWAYS = ['metric.type', 'resource.type', 'resource.labels.project_id'];

/** One series for each combination of the values of `groupBy`. */
export function reduceSeries(
  { shape, series }: SeriesSet,
  groupBy: readonly string[],
  by: Combiner,
): SeriesSet {
  const kept = [...ALWAYS, ...groupBy];
  const groups = Map.groupBy(series, ({ fields }) => JSON.stringify(pick(fields, kept)));
  return {
    shape: by.shape(shape),
    series: [...groups.values()].map((group) => ({
      fields: pick(group[0]?.fields ?? {}, kept),
      points: reducePoints(group, by),
    })),
  };
}

function reducePoints(group: readonly Series[], { combine }: Combiner): Point[] {
  const points = group.flatMap((one) => one.points);
  return [...Map.groupBy(points, ({ endSecond }) => endSecond)]
    .map(([endSecond, here]) => {
      const startSecond = Math.min(...here.map((point) => point.startSecond));
      const values = here.map(({ value }) => value);
      return { startSecond, endSecond, value: combine(values, endSecond - startSecond) };
    })
    .toSorted((a, b) => a.endSecond - b.endSecond);
}

function pick(
  fields: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = fields[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
