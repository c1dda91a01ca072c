import { StatusError } from '../../protocol/status-error.ts';
import { renderDistribution } from './series/distribution.ts';
import type { Point, Series, SeriesSet, Shape } from './series/series.ts';

export interface SeriesPage {
  readonly pageSize?: number;
  readonly pageToken?: string;
  /** FULL counts points to a page, HEADERS series. */
  readonly view?: string;
}

const MAX_SIZE = 100_000;

/** A ListTimeSeriesResponse in JSON; newest points first. */
export function renderSeries({ shape, series }: SeriesSet, page: SeriesPage): object {
  const start = readToken(page.pageToken ?? '');
  const end = start + Math.min(MAX_SIZE, page.pageSize || MAX_SIZE);
  const isHeaders = page.view === 'HEADERS';
  const cut = isHeaders ? series.slice(start, end) : cutPoints(series, start, end);
  const length = isHeaders ? series.length : series.flatMap(({ points }) => points).length;
  return {
    timeSeries: cut.map((one) => ({
      ...renderHead(one, shape),
      ...(isHeaders ? {} : { points: one.points.map((point) => renderPoint(point, shape)) }),
    })),
    unit: shape.unit,
    ...(end < length ? { nextPageToken: writeToken(end) } : {}),
  };
}

/** A series on the border of two pages is on both. */
function cutPoints(series: readonly Series[], start: number, end: number): readonly Series[] {
  let before = 0;
  return series.flatMap(({ fields, points }) => {
    const inside = points
      .toReversed()
      .slice(Math.max(0, start - before), Math.max(0, end - before));
    before += points.length;
    return inside.length === 0 ? [] : [{ fields, points: inside }];
  });
}

function renderHead({ fields }: Series, shape: Shape): object {
  return {
    metric: { type: fields['metric.type'], labels: labelsOf(fields, 'metric.labels.') },
    resource: { type: fields['resource.type'], labels: labelsOf(fields, 'resource.labels.') },
    metricKind: shape.kind,
    valueType: shape.type,
  };
}

function labelsOf(fields: Series['fields'], prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function renderPoint({ startSecond, endSecond, value }: Point, { kind, type }: Shape): object {
  const endTime = timeOf(endSecond);
  const startTime = kind === 'GAUGE' ? endTime : timeOf(startSecond);
  return { interval: { startTime, endTime }, value: renderValue(value, type) };
}

function renderValue(value: Point['value'], type: Shape['type']): object {
  if (typeof value !== 'number') return { distributionValue: renderDistribution(value) };
  return type === 'INT64' ? { int64Value: String(value) } : { doubleValue: value };
}

function timeOf(second: number): string {
  return new Date(second * 1000).toISOString();
}

function writeToken(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64url');
}

function readToken(token: string): number {
  if (token === '') return 0;
  const found = /^from (\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (found) return Number(found[1]);
  throw new StatusError('INVALID_ARGUMENT', `page_token ${token} is not one that was given`);
}
