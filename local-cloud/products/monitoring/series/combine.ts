import { mergeDistributions, quantile, sum } from './distribution.ts';
import type { Distribution, Shape, Value } from './series.ts';

/** How several values become one, whether in time or across series. */
export interface Combiner {
  readonly accepts: (shape: Shape) => boolean;
  readonly shape: (shape: Shape) => Shape;
  /** Of the values in a time of so many seconds. */
  readonly combine: (values: readonly Value[], seconds: number) => Value;
}

export const total: Combiner = { accepts: () => true, shape: (shape) => shape, combine: add };

const delta: Combiner = { ...total, accepts: ({ kind }) => kind === 'DELTA' };

const rate: Combiner = {
  accepts: ({ kind, type }) => kind === 'DELTA' && type !== 'DISTRIBUTION',
  shape: ({ unit }) => ({
    kind: 'GAUGE',
    type: 'DOUBLE',
    unit: unit === '1' ? '1/s' : `${unit}/s`,
  }),
  combine: (values, seconds) => sum(values as readonly number[]) / seconds,
};

/** Aligners and reducers by their names in google.monitoring.v3.Aggregation. */
export const combiners: Readonly<Record<string, Combiner>> = {
  ALIGN_DELTA: delta,
  ALIGN_SUM: total,
  ALIGN_RATE: rate,
  ALIGN_PERCENTILE_05: percentile(0.05),
  ALIGN_PERCENTILE_50: percentile(0.5),
  ALIGN_PERCENTILE_95: percentile(0.95),
  ALIGN_PERCENTILE_99: percentile(0.99),
  REDUCE_SUM: total,
  REDUCE_PERCENTILE_05: percentile(0.05),
  REDUCE_PERCENTILE_50: percentile(0.5),
  REDUCE_PERCENTILE_95: percentile(0.95),
  REDUCE_PERCENTILE_99: percentile(0.99),
};

function add(values: readonly Value[]): Value {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) return sum(numbers);
  return mergeDistributions(values as readonly Distribution[]);
}

function percentile(share: number): Combiner {
  return {
    accepts: ({ type }) => type === 'DISTRIBUTION',
    shape: ({ unit }) => ({ kind: 'GAUGE', type: 'DOUBLE', unit }),
    combine: (values) => quantile(mergeDistributions(values as readonly Distribution[]), share),
  };
}
