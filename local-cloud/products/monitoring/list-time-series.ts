import { StatusError } from '../../protocol/status-error.ts';
import { aggregate, aligns, periodOf, readField } from './aggregate.ts';
import type { Aggregation, Span } from './aggregate.ts';
import { comparisonsOf, matchFilter } from './filter/filter.ts';
import type { Filter } from './filter/filter.ts';
import { parseFilter } from './filter/parse-filter.ts';
import { FIELDS, findMetric, REQUEST_LATENCIES } from './metric.ts';
import type { Metric } from './metric.ts';
import type { MetricDeps } from './metric-deps.ts';
import { readCounters } from './read-counters.ts';
import { renderSeries } from './render-series.ts';
import type { SeriesPage } from './render-series.ts';
import { alignSeries } from './series/align.ts';
import { total } from './series/combine.ts';
import type { SeriesSet } from './series/series.ts';

/** A ListTimeSeriesRequest in JSON. */
export interface SeriesRequest extends SeriesPage {
  readonly name: string;
  readonly filter: string;
  readonly interval: { readonly startTime?: string; readonly endTime?: string };
  readonly aggregation?: Aggregation;
  readonly secondaryAggregation?: Aggregation;
  readonly orderBy?: string;
}

export async function listTimeSeries(deps: MetricDeps, request: SeriesRequest): Promise<object> {
  const filter = parseFilter(request.filter, FIELDS);
  const metric = metricOf(filter);
  const span = spanOf(request.interval);
  checkRequest(deps, request);
  requireLabels(metric, filter, request);
  const project = projectOf(request.name);
  const widestSeconds = Math.max(deps.periodSeconds, ...stages(request).map(periodOf));
  const fromSecond = Math.max(0, span.startSecond - widestSeconds);
  const wanted = { project, metric, fromSecond, toSecond: span.endSecond };
  const read = await readCounters(deps, wanted);
  const series = read.filter(({ fields }) => matchFilter(filter, fields));
  const set = raw({ shape: metric.shape, series }, deps, { request, span });
  return renderSeries(aggregateAll(set, request, span), request);
}

/** Whole seconds; without a start, the moment of the end. */
function spanOf({ startTime, endTime }: SeriesRequest['interval']): Span {
  if (endTime === undefined) throw refuse('interval.end_time is missing');
  const endSecond = Math.floor(Date.parse(endTime) / 1000);
  const startSecond =
    startTime === undefined ? endSecond : Math.floor(Date.parse(startTime) / 1000);
  if (startSecond <= endSecond) return { startSecond, endSecond };
  throw refuse(`interval.start_time ${startTime} is after end_time ${endTime}`);
}

function metricOf(filter: Filter): Metric {
  const parts = filter.kind === 'and' ? filter.parts : [filter];
  const named = parts.flatMap((part) =>
    part.kind === 'comparison' &&
    part.field === 'metric.type' &&
    part.test === 'equals' &&
    !part.negated
      ? part.values
      : [],
  );
  const [type] = named;
  if (type !== undefined && named.length === 1) return findMetric(type);
  throw refuse('the filter must name one metric, such as metric.type = "run.googleapis.com/…"');
}

function checkRequest({ periodSeconds }: MetricDeps, request: SeriesRequest): void {
  if (request.orderBy) throw refuse('order_by must be empty');
  if ((request.pageSize ?? 0) < 0) throw refuse(`page_size is ${request.pageSize}`);
  if (request.secondaryAggregation && !request.aggregation)
    throw refuse('secondary_aggregation needs an aggregation');
  for (const stage of stages(request)) {
    if (periodOf(stage) >= periodSeconds) continue;
    const period = stage.alignmentPeriod;
    throw refuse(`alignment_period is ${period}: expected at least ${periodSeconds} s`);
  }
}

function stages({ aggregation, secondaryAggregation }: SeriesRequest): readonly Aggregation[] {
  return [aggregation ?? {}, secondaryAggregation ?? {}].filter(aligns);
}

/** Latencies are not kept by status: better refused than answered as if there were none. */
function requireLabels(metric: Metric, filter: Filter, request: SeriesRequest): void {
  if (metric !== REQUEST_LATENCIES) return;
  const grouped = stages(request).flatMap(({ groupByFields = [] }) => groupByFields.map(readField));
  const named = [...comparisonsOf(filter).map(({ field }) => field), ...grouped];
  const split = named.find((field) => field.startsWith('metric.labels.'));
  if (split === undefined) return;
  const message = `local-cloud does not keep latencies by ${split.slice('metric.labels.'.length)}`;
  throw new StatusError('UNIMPLEMENTED', message);
}

function projectOf(name: string): string {
  const found = /^projects\/([^/]+)$/.exec(name)?.[1];
  if (found !== undefined) return found;
  throw refuse(`name is ${name}: local-cloud has metrics of projects/{project} only`);
}

/** Seconds for an aligner to add; else the points of Cloud Monitoring, at multiples of the period. */
function raw(
  set: SeriesSet,
  { periodSeconds }: MetricDeps,
  { request, span }: { readonly request: SeriesRequest; readonly span: Span },
): SeriesSet {
  if (aligns(request.aggregation ?? {})) return set;
  const endSecond = Math.floor(span.endSecond / periodSeconds) * periodSeconds;
  const windows = { seconds: periodSeconds, endSecond, afterSecond: span.startSecond };
  return alignSeries(set, windows, total);
}

function aggregateAll(set: SeriesSet, request: SeriesRequest, span: Span): SeriesSet {
  const { aggregation = {}, secondaryAggregation = {} } = request;
  return aggregate(aggregate(set, aggregation, span), secondaryAggregation, span);
}

function refuse(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}
