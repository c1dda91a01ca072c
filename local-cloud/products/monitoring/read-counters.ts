import { AppError } from 'base/error.ts';
import type { Counter } from '../../data-plane/data-plane.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { REQUEST_COUNT, RESOURCE_TYPE } from './metric.ts';
import type { Metric } from './metric.ts';
import type { MetricDeps } from './metric-deps.ts';
import { sum } from './series/distribution.ts';
import type { Series } from './series/series.ts';

interface Wanted {
  readonly project: string;
  readonly metric: Metric;
  readonly fromSecond: number;
  /** Not included. */
  readonly toSecond: number;
}

/** What the router counted in a project, a point for each second that can be read by now. */
export async function readCounters(deps: MetricDeps, wanted: Wanted): Promise<readonly Series[]> {
  const names = deps.serviceNames().filter((name) => name.split('/')[1] === wanted.project);
  const read = names.map(async (name) => {
    const counters = await countersOf(deps, name, wanted);
    return [...Map.groupBy(counters, ({ revision }) => revision)].flatMap(([revision, all]) => {
      const endSecond = visibleUntil(deps, name, revision);
      const visible = all.filter(({ second }) => second + 1 <= endSecond);
      return seriesOf(visible, wanted.metric, fieldsOf(name, revision));
    });
  });
  return (await Promise.all(read)).flat();
}

async function countersOf(
  { dataPlane }: MetricDeps,
  name: string,
  { fromSecond, toSecond }: Wanted,
): Promise<readonly Counter[]> {
  const [, project, , region, , service] = name.split('/');
  try {
    return await dataPlane.readCounters(`${project}/${region}/${service}`, fromSecond, toSecond);
  } catch (error) {
    // Created a moment ago, or being deleted.
    if (error instanceof AppError && error.kind === 'absent') return [];
    if (error instanceof AppError && error.kind === 'transient')
      throw new StatusError('UNAVAILABLE', error.message);
    throw error;
  }
}

/** A point is readable as a whole, so long after its period. */
function visibleUntil(deps: MetricDeps, service: string, revision: string): number {
  const { clock, faults, periodSeconds, delaySeconds } = deps;
  const faultMs = faults?.metricsDelayMs(service, revision) ?? 0;
  const lateSecond = (clock.now().getTime() - faultMs) / 1000 - delaySeconds;
  return Math.floor(lateSecond / periodSeconds) * periodSeconds;
}

function fieldsOf(serviceName: string, revision: string): Record<string, string> {
  const [, project = '', , region = '', , service = ''] = serviceName.split('/');
  return {
    'resource.type': RESOURCE_TYPE,
    'resource.labels.project_id': project,
    'resource.labels.service_name': service,
    'resource.labels.revision_name': revision,
    'resource.labels.location': region,
    'resource.labels.configuration_name': service,
  };
}

function seriesOf(
  counters: readonly Counter[],
  metric: Metric,
  resource: Readonly<Record<string, string>>,
): Series[] {
  const fields = { 'metric.type': metric.type, ...resource };
  const all =
    metric === REQUEST_COUNT ? countSeries(counters, fields) : [latencySeries(counters, fields)];
  return all.filter(({ points }) => points.length > 0);
}

function countSeries(counters: readonly Counter[], fields: Series['fields']): Series[] {
  const statuses = new Set(counters.flatMap(({ byStatus }) => Object.keys(byStatus)));
  return [...statuses].toSorted().map((status) => ({
    fields: {
      ...fields,
      'metric.labels.response_code': status,
      'metric.labels.response_code_class': `${status.slice(0, 1)}xx`,
    },
    points: counters.flatMap(({ second, byStatus }) =>
      byStatus[status] === undefined
        ? []
        : [{ startSecond: second, endSecond: second + 1, value: byStatus[status] }],
    ),
  }));
}

/** The router does not keep latencies by status. */
function latencySeries(counters: readonly Counter[], fields: Series['fields']): Series {
  const points = counters
    .filter(({ latency }) => sum(latency) > 0)
    .map(({ second, latency, latencySumMs }) => ({
      startSecond: second,
      endSecond: second + 1,
      value: { counts: latency, sumMs: latencySumMs },
    }));
  return { fields, points };
}
