import type { DataPlane } from '../data-plane/data-plane.ts';
import type { FaultBook } from '../fault/fault-book.ts';
import type { Handlers } from '../protocol/handler.ts';
import type { KeptService } from '../run/resource/resource.ts';

export interface MonitoringDeps {
  readonly services: () => readonly KeptService[];
  readonly dataPlane: DataPlane;
  readonly faults: FaultBook;
  readonly timing: MetricTiming;
  readonly now: () => Date;
}

export interface MetricTiming {
  /** Length of a sample. */
  readonly periodMs: number;
  /** How long after its end it can be read. */
  readonly delayMs: number;
}

export class CloudMonitoring {
  readonly handlers: Handlers = {};
  constructor(_: MonitoringDeps) {}
}
