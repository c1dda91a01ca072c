import { StatusError } from '../../protocol/status-error.ts';
import { fieldName } from './filter/parse-filter.ts';
import { FIELDS } from './metric.ts';
import { alignSeries } from './series/align.ts';
import { combiners } from './series/combine.ts';
import type { Combiner } from './series/combine.ts';
import { reduceSeries } from './series/reduce.ts';
import type { SeriesSet, Shape } from './series/series.ts';

/** A google.monitoring.v3.Aggregation in JSON. */
export interface Aggregation {
  readonly alignmentPeriod?: string;
  readonly perSeriesAligner?: string;
  readonly crossSeriesReducer?: string;
  readonly groupByFields?: readonly string[];
}

export interface Span {
  readonly startSecond: number;
  readonly endSecond: number;
}

/** Whether there is anything to align; without, the points are the raw ones. */
export function aligns({ perSeriesAligner }: Aggregation): boolean {
  return perSeriesAligner !== undefined && perSeriesAligner !== 'ALIGN_NONE';
}

/** Aligns in windows that end with the span, then reduces across series. */
export function aggregate(set: SeriesSet, aggregation: Aggregation, span: Span): SeriesSet {
  const { perSeriesAligner = 'ALIGN_NONE', crossSeriesReducer = 'REDUCE_NONE' } = aggregation;
  const reduces = crossSeriesReducer !== 'REDUCE_NONE';
  if (!aligns(aggregation)) {
    if (reduces) throw refuse(`${crossSeriesReducer} needs a per_series_aligner`);
    return set;
  }
  const windows = {
    seconds: periodOf(aggregation),
    endSecond: span.endSecond,
    afterSecond: span.startSecond,
  };
  const aligned = alignSeries(set, windows, combinerOf(perSeriesAligner, set.shape));
  if (!reduces) return aligned;
  const groupBy = (aggregation.groupByFields ?? []).map(readField);
  return reduceSeries(aligned, groupBy, combinerOf(crossSeriesReducer, aligned.shape));
}

/** In seconds. */
export function periodOf({ alignmentPeriod = '0s' }: Aggregation): number {
  const seconds = Number(alignmentPeriod.slice(0, -1));
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw refuse(`alignment_period is ${alignmentPeriod}: expected whole seconds, at least one`);
}

export function readField(written: string): string {
  const field = fieldName(written);
  if (FIELDS.includes(field)) return field;
  throw refuse(`no such field to group by: ${written}; expected one of ${FIELDS.join(', ')}`);
}

function combinerOf(name: string, shape: Shape): Combiner {
  const combiner = combiners[name];
  if (!combiner) {
    const known = Object.keys(combiners).join(', ');
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${name}, only ${known}`);
  }
  if (combiner.accepts(shape)) return combiner;
  throw refuse(`${name} does not take series of ${shape.kind} ${shape.type}`);
}

function refuse(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
