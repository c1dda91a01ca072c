import type { QueueName } from '../../pipeline/spec/queue-spec.ts';

/** How much waits and runs, and whether workers may take any of it. */
export interface Standing {
  /** Runs that wait. */
  readonly depth: number;
  /** How long the first of them has waited; 0 when none waits. */
  readonly oldestSeconds: number;
  /** Runs that a worker holds. */
  readonly running: number;
  /** Not null: workers take none. */
  readonly pausedAt: Date | null;
  readonly pausedBy: string | null;
}

export interface QueueStanding extends Standing {
  readonly queue: QueueName;
}

export interface TenantStanding extends Standing {
  readonly tenantId: string;
}

/** What can be paused: a queue, or all that a tenant has in any. */
export type Pausable = { readonly queue: QueueName } | { readonly tenantId: string };

/** A process that executes runs, as it describes itself. */
export interface WorkerSheet {
  readonly worker: string;
  readonly queues: readonly QueueName[];
  /** Runs that it executes at a time. */
  readonly places: { readonly min: number; readonly max: number };
}

export interface WorkerRecord extends WorkerSheet {
  readonly running: number;
  readonly startedAt: Date;
  /** When it last said that it lives; it does so every ten seconds. */
  readonly seenAt: Date;
  /** It has not said so for a minute. */
  readonly isLost: boolean;
}

/** The queues as a whole, for the operator. */
export interface QueueControl {
  /** The four queues, and the tenants that are paused. */
  readQueues(): Promise<{
    queues: readonly QueueStanding[];
    pausedTenants: readonly TenantStanding[];
  }>;
  /**
   * When it resolves, no worker takes a run of it any more; those that run go on to their end.
   * Repeating it changes nothing. @throws tenant_absent
   */
  pause(what: Pausable, by: string): Promise<Standing>;
  /** Workers are woken. @throws tenant_absent */
  resume(what: Pausable): Promise<Standing>;
  listWorkers(): Promise<readonly WorkerRecord[]>;
}
