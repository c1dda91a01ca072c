import { StatusError } from '../../protocol/status-error.ts';
import type { Shape } from './series/series.ts';

export const RESOURCE_TYPE = 'cloud_run_revision';

/** Of the resource, by key what they are. */
export const RESOURCE_LABELS = {
  project_id: 'The project of the service.',
  service_name: 'The short name of the service.',
  revision_name: 'The short name of the revision.',
  location: 'The region of the service.',
  configuration_name: 'The name of the configuration, which is that of the service.',
};

export interface Metric {
  readonly type: string;
  readonly shape: Shape;
  readonly displayName: string;
  readonly description: string;
}

export const REQUEST_COUNT: Metric = {
  type: 'run.googleapis.com/request_count',
  shape: { kind: 'DELTA', type: 'INT64', unit: '1' },
  displayName: 'Request Count',
  description: 'Requests that were answered.',
};

export const REQUEST_LATENCIES: Metric = {
  type: 'run.googleapis.com/request_latencies',
  shape: { kind: 'DELTA', type: 'DISTRIBUTION', unit: 'ms' },
  displayName: 'Request Latency',
  description: 'Time from the request to the end of its answer.',
};

export const METRICS = [REQUEST_COUNT, REQUEST_LATENCIES] as const;

/** Of a metric, by key what they are. */
export const METRIC_LABELS = {
  response_code: 'The HTTP status of the answer.',
  response_code_class: 'The class of the HTTP status, such as 2xx.',
};

/** All that a filter may name. */
export const FIELDS = [
  'metric.type',
  'resource.type',
  ...Object.keys(METRIC_LABELS).map((key) => `metric.labels.${key}`),
  ...Object.keys(RESOURCE_LABELS).map((key) => `resource.labels.${key}`),
];

export function findMetric(type: string): Metric {
  const found = METRICS.find((metric) => metric.type === type);
  if (found) return found;
  const known = METRICS.map((metric) => metric.type).join(' and ');
  throw new StatusError('NOT_FOUND', `no metric has the type ${type}: local-cloud knows ${known}`);
}
