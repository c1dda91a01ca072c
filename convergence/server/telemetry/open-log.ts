import { systemClock } from 'base/clock.ts';
import { createLog } from 'base/log.ts';
import type { Log, LogFields, LogOptions } from 'base/log.ts';
import { currentTrace } from '../../engine/run/trace/trace-context.ts';
import type { Settings } from '../settings/settings.ts';

const LABELS = ['tenant_id', 'pipeline_id', 'run_id'];

type LogSettings = Pick<Settings, 'LOG_LEVEL' | 'VERSION' | 'GCP_PROJECT_ID'>;

/**
 * The log of a process. Every line names the trace in which it is written, so that Cloud Logging
 * shows it beside the spans and the request log of the platform.
 */
export function openLog(settings: LogSettings, destination?: LogOptions['destination']): Log {
  return createLog({
    level: settings.LOG_LEVEL,
    clock: systemClock,
    service: { service: 'convergence', version: settings.VERSION },
    labels: LABELS,
    ambient: () => traceFields(settings.GCP_PROJECT_ID),
    ...(destination && { destination }),
  });
}

/** Source: cloud.google.com/trace/docs/trace-log-integration. */
function traceFields(project: string | undefined): LogFields {
  const trace = currentTrace();
  if (!trace) return {};
  const { traceId, spanId, sampled } = trace;
  return {
    'logging.googleapis.com/trace': project ? `projects/${project}/traces/${traceId}` : traceId,
    'logging.googleapis.com/spanId': spanId,
    'logging.googleapis.com/trace_sampled': sampled,
  };
}
