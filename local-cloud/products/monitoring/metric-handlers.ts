import type { Handlers } from '../../protocol/handler.ts';
import {
  getMetricDescriptor,
  getResourceDescriptor,
  listMetricDescriptors,
  listResourceDescriptors,
} from './describe-metric.ts';
import { listTimeSeries } from './list-time-series.ts';
import type { SeriesRequest } from './list-time-series.ts';
import type { MetricDeps } from './metric-deps.ts';

interface Named {
  readonly name: string;
}

interface Listed extends Named {
  readonly filter?: string;
}

/** Cloud Monitoring's google.monitoring.v3.MetricService over the router's counters. */
export function metricHandlers(deps: MetricDeps): Handlers[string] {
  return {
    ListTimeSeries: async (request: SeriesRequest) => listTimeSeries(deps, request),
    ListMetricDescriptors: async (request: Listed) => listMetricDescriptors(deps, request),
    GetMetricDescriptor: async ({ name }: Named) => getMetricDescriptor(deps, name),
    ListMonitoredResourceDescriptors: async ({ name }: Named) => listResourceDescriptors(name),
    GetMonitoredResourceDescriptor: async ({ name }: Named) => getResourceDescriptor(name),
  };
}
