import { StatusError } from '../../protocol/status-error.ts';
import { matchFilter } from './filter/filter.ts';
import { parseFilter } from './filter/parse-filter.ts';
import { findMetric, METRIC_LABELS, METRICS, RESOURCE_LABELS, RESOURCE_TYPE } from './metric.ts';
import type { Metric } from './metric.ts';

export interface Sampling {
  readonly periodSeconds: number;
  readonly delaySeconds: number;
}

/** `name` as in `projects/p/metricDescriptors/run.googleapis.com/request_count`. */
export function getMetricDescriptor(sampling: Sampling, name: string): object {
  const [, project = '', type = ''] =
    /^(projects\/[^/]+)\/metricDescriptors\/(.+)$/.exec(name) ?? [];
  return describe(findMetric(type), sampling, project);
}

export function listMetricDescriptors(
  sampling: Sampling,
  { name, filter = '' }: { readonly name: string; readonly filter?: string },
): object {
  const wanted = filter === '' ? null : parseFilter(filter, ['metric.type']);
  const metrics = METRICS.filter(
    ({ type }) => wanted === null || matchFilter(wanted, { 'metric.type': type }),
  );
  return { metricDescriptors: metrics.map((metric) => describe(metric, sampling, name)) };
}

export function listResourceDescriptors(name: string): object {
  return { resourceDescriptors: [describeResource(name)] };
}

/** `name` as in `projects/p/monitoredResourceDescriptors/cloud_run_revision`. */
export function getResourceDescriptor(name: string): object {
  const [, project = '', type] =
    /^(projects\/[^/]+)\/monitoredResourceDescriptors\/(.+)$/.exec(name) ?? [];
  if (type === RESOURCE_TYPE) return describeResource(project);
  throw new StatusError('NOT_FOUND', `${name}: local-cloud knows ${RESOURCE_TYPE} only`);
}

function describe(
  { type, shape, displayName, description }: Metric,
  { periodSeconds, delaySeconds }: Sampling,
  project: string,
): object {
  return {
    name: `${project}/metricDescriptors/${type}`,
    type,
    labels: describeLabels(METRIC_LABELS),
    metricKind: shape.kind,
    valueType: shape.type,
    unit: shape.unit,
    displayName,
    description,
    metadata: { samplePeriod: `${periodSeconds}s`, ingestDelay: `${delaySeconds}s` },
    launchStage: 'GA',
    monitoredResourceTypes: [RESOURCE_TYPE],
  };
}

function describeResource(project: string): object {
  return {
    name: `${project}/monitoredResourceDescriptors/${RESOURCE_TYPE}`,
    type: RESOURCE_TYPE,
    displayName: 'Cloud Run Revision',
    description: 'A revision of a Cloud Run service.',
    labels: describeLabels(RESOURCE_LABELS),
    launchStage: 'GA',
  };
}

function describeLabels(labels: Readonly<Record<string, string>>): object[] {
  return Object.entries(labels).map(([key, description]) => ({
    key,
    valueType: 'STRING',
    description,
  }));
}
