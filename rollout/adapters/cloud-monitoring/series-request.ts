import type { protos } from '@google-cloud/monitoring';
import type { TickWindow } from '../../engine/judge/gather-ticks.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';

export type SeriesRequest = protos.google.monitoring.v3.IListTimeSeriesRequest;

export const REQUEST_COUNT = 'run.googleapis.com/request_count';
export const REQUEST_LATENCIES = 'run.googleapis.com/request_latencies';
export const REVISION_LABEL = 'revision_name';
export const CLASS_LABEL = 'response_code_class';

const REVISION = `resource.labels.${REVISION_LABEL}`;

/** Requests of each revision and class of answer, in each tick of the window. */
export function countRequest(ref: ServiceRef, window: TickWindow): SeriesRequest {
  return seriesRequest(ref, window, {
    metric: REQUEST_COUNT,
    groupBy: [REVISION, `metric.labels.${CLASS_LABEL}`],
  });
}

/** Latencies of each revision: the sum of distributions is their merge. */
export function latencyRequest(ref: ServiceRef, window: TickWindow): SeriesRequest {
  return seriesRequest(ref, window, { metric: REQUEST_LATENCIES, groupBy: [REVISION] });
}

/** A counter of the service's own, such as a log-based metric, of each revision. */
export function counterRequest(ref: ServiceRef, window: TickWindow, metric: string): SeriesRequest {
  return seriesRequest(ref, window, { metric, groupBy: [REVISION] });
}

function seriesRequest(
  { project, region, service }: ServiceRef,
  { startMs, tickSeconds, ticks }: TickWindow,
  { metric, groupBy }: { readonly metric: string; readonly groupBy: string[] },
): SeriesRequest {
  const endMs = startMs + ticks * tickSeconds * 1000;
  return {
    name: `projects/${project}`,
    filter: [
      `metric.type = "${metric}"`,
      'resource.type = "cloud_run_revision"',
      `resource.labels.service_name = "${service}"`,
      `resource.labels.location = "${region}"`,
    ].join(' AND '),
    interval: { startTime: timestamp(startMs), endTime: timestamp(endMs) },
    aggregation: {
      alignmentPeriod: { seconds: String(tickSeconds) },
      perSeriesAligner: 'ALIGN_DELTA',
      crossSeriesReducer: 'REDUCE_SUM',
      groupByFields: groupBy,
    },
    view: 'FULL',
  };
}

/** Ticks begin at whole seconds. */
function timestamp(ms: number): { seconds: string } {
  return { seconds: String(ms / 1000) };
}
