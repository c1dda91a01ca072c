import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EventBacklog } from '../../engine/event/event-outbox.ts';
import type { RunStatus } from '../../engine/run/run.ts';
import type { QuotaUse } from '../../engine/tenant/usage/usage.ts';

/** How much waits, runs and is used now, over all processes. */
export interface Load {
  readonly queues: readonly { queue: string; depth: number; oldestSeconds: number }[];
  readonly runs: Readonly<Record<RunStatus, number>>;
  readonly quotaUse: readonly QuotaUse[];
  readonly events: EventBacklog;
}

type MakeGauge = (name: string, help: string, ...labelNames: string[]) => Gauge;

function createEventGauges(gauge: MakeGauge): (backlog: EventBacklog) => void {
  const unrouted = gauge('events_unrouted', 'Events that no worker has looked at yet.');
  const waiting = gauge('event_deliveries_waiting', 'Deliveries of events still to be made.');
  const age = gauge(
    'event_oldest_seconds',
    'How long the oldest event has waited to be looked at or delivered.',
  );
  return (backlog) => {
    unrouted.set(backlog.unrouted);
    waiting.set(backlog.deliveriesWaiting);
    age.set(backlog.oldestSeconds);
  };
}

/** The state of the control database, over all processes: ask one API for it, not each. */
export function createLoadGauges(registry: Registry): (load: Load) => void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `convergence_${name}`, help, labelNames, registers: [registry] });
  const depth = gauge('queue_depth', 'Runs that wait, by queue.', 'queue');
  const age = gauge(
    'queue_oldest_seconds',
    'How long the first run of a queue has waited.',
    'queue',
  );
  const runs = gauge('runs', 'Runs by state; those that ended count for a day.', 'status');
  const tenants = gauge(
    'tenants_by_quota_use',
    'Tenants by how much of each quota they have used.',
    'quota',
    'use',
  );
  const showEvents = createEventGauges(gauge);
  return (load) => {
    showEvents(load.events);
    for (const { queue, ...state } of load.queues) {
      depth.set({ queue }, state.depth);
      age.set({ queue }, state.oldestSeconds);
    }
    for (const [status, count] of Object.entries(load.runs)) runs.set({ status }, count);
    for (const { quota, use, tenants: count } of load.quotaUse) tenants.set({ quota, use }, count);
  };
}
