import type { Clock } from 'base/clock.ts';
import type { DataPlane } from '../../data-plane/data-plane.ts';

export interface MetricDeps {
  readonly dataPlane: Pick<DataPlane, 'readCounters'>;
  /** `projects/{project}/locations/{region}/services/{service}` of those that are. */
  readonly serviceNames: () => readonly string[];
  /** How much later than others the metrics of a revision come; Infinity: never. */
  readonly faults?: { metricsDelayMs(serviceName: string, revision: string): number };
  readonly clock: Pick<Clock, 'now'>;
  /** Of a raw point; Cloud Run's is 60. */
  readonly periodSeconds: number;
  /** From the end of a point's period until it can be read; Cloud Run's is 180. */
  readonly delaySeconds: number;
}
