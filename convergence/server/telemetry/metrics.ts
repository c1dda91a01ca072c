import { collectDefaultMetrics, Registry } from 'prom-client';
import type { RunMeter } from '../../engine/run/trace/run-meter.ts';
import { createLoadGauges } from './load-gauges.ts';
import type { Load } from './load-gauges.ts';
import { createRequestMeter } from './request-meter.ts';
import type { RequestMeter } from './request-meter.ts';
import { createRunMeter } from './run-meter.ts';

/** What one process counts. docs/reference/metrics.md lists every series with its meaning. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: RequestMeter;
  readonly runs: RunMeter;
  readonly contentType: string;
  /** In the text format of Prometheus; with the load of this moment where it is given. */
  read(load?: Load): Promise<string>;
}

/** Gauges that prom-client calls totals, which `promtool check metrics` refuses; sums of others. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * Labels have few values, known beforehand: no tenant, pipeline or run is one, because each value
 * is a series that Prometheus keeps for as long as it keeps anything.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const requests = createRequestMeter(registry);
  const runs = createRunMeter(registry);
  const showLoad = createLoadGauges(registry);
  return {
    registry,
    requests,
    runs,
    contentType: registry.contentType,
    async read(load) {
      if (load) showLoad(load);
      return await registry.metrics();
    },
  };
}
