import type { EventType, StoredEvent } from './pipeline-event.ts';
import type { SinkRecord } from './sink-record.ts';

/** Events for which no deliveries were made yet. */
export interface UnroutedPage {
  /** After which event the page begins; storing routes needs it. */
  readonly from: number;
  readonly events: readonly StoredEvent[];
  /** Registered sinks of the operator and of the tenants in the page. */
  readonly sinks: readonly SinkRecord[];
  /** Ids of events that end a series of failures of their pipeline. */
  readonly recoveries: ReadonlySet<number>;
  /** True: there may be more at once. */
  readonly isFull: boolean;
}

export interface Route {
  readonly sinkId: string;
  readonly eventId: number;
  /** null: the tenant is gone. */
  readonly tenantId: string | null;
  /** Of `streamOf`. */
  readonly streamId: string;
}

/** A sink that this process alone sends to, for a while. */
export interface SinkLease {
  readonly sink: SinkRecord;
  readonly token: string;
  readonly failures: number;
  readonly until: Date;
}

export interface WaitingDelivery {
  readonly event: StoredEvent;
  readonly attempts: number;
}

/** What became of the deliveries of one batch. */
export interface Settlement {
  readonly rows: readonly SettledDelivery[];
  readonly failures: number;
  readonly sinkDueAt: Date | null;
  readonly lastError: string | null;
}

export interface SettledDelivery {
  readonly eventId: number;
  readonly state: 'delivered' | 'waiting' | 'dead';
  readonly attempts: number;
  readonly dueAt: Date | null;
  readonly lastError: string | null;
}

/**
 * The stored events as an outbox. Each is routed once: with the deliveries of a page the place up to
 * which events are routed moves on, in one transaction. Each delivery is then sent at least once.
 */
export interface EventOutbox {
  readUnrouted(limit: number): Promise<UnroutedPage>;
  /** False, and nothing is stored, when another process has routed the page. */
  storeRoutes(
    page: Pick<UnroutedPage, 'from' | 'events'>,
    routes: readonly Route[],
    declared: readonly SinkRecord[],
  ): Promise<boolean>;
  /** Sinks for which something is due and to which nobody sends. */
  leaseSinks(limit: number, leaseMs: number): Promise<readonly SinkLease[]>;
  /** What may be sent now, in order; of a run behind a failed delivery nothing. */
  readWaiting(sinkId: string, limit: number): Promise<readonly WaitingDelivery[]>;
  /** Extends the lease. False, and nothing is stored, when the lease was lost. */
  settle(lease: SinkLease, settlement: Settlement, leaseMs: number): Promise<SinkLease | null>;
  releaseSink(lease: SinkLease): Promise<void>;
  /** Forgets deliveries that were settled long ago, and what became of tenants that are gone. */
  sweep(before: { delivered: Date; dead: Date }): Promise<void>;
}

/** What is stored and not sent yet. */
export interface EventBacklog {
  /** Events for which nobody has looked yet who wants them. */
  readonly unrouted: number;
  readonly deliveriesWaiting: number;
  /** Age of the oldest event of both; 0: none waits. */
  readonly oldestSeconds: number;
}

/** Ends of runs that people are told of. */
export const NOTICE_TYPES: readonly EventType[] = ['run.failed', 'run.complete'];
