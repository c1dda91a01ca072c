import type { EventType } from './pipeline-event.ts';
import type { SinkKind } from './event-sink.ts';

/** Where events go: registered, or declared under `notify` in a pipeline. */
export interface SinkRecord {
  readonly sinkId: string;
  /** null: of the operator, for the events of all tenants. */
  readonly tenantId: string | null;
  readonly kind: SinkKind;
  /** null: registered. */
  readonly pipelineId: string | null;
  /** Of a declared one as it was declared, without the values of secrets. */
  readonly address: string;
  readonly eventTypes: readonly EventType[];
  readonly sealedSecret: string | null;
  readonly createdAt: Date;
}

/** A sink and how it does. */
export interface SinkStatus extends SinkRecord {
  readonly waiting: number;
  readonly dead: number;
  /** Failures since the last good delivery. */
  readonly failures: number;
  /** Nothing is sent before. */
  readonly dueAt: Date;
  readonly lastError: string | null;
  readonly lastDeliveredAt: Date | null;
}

export interface DeliveryRecord {
  readonly eventId: number;
  /** null: the event is one of the tenant itself. */
  readonly runId: string | null;
  /** null: the tenant is gone. */
  readonly tenantId: string | null;
  readonly state: 'waiting' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly dueAt: Date;
  readonly settledAt: Date | null;
  readonly lastError: string | null;
}

export interface NewWebhook {
  readonly url: string;
  readonly eventTypes: readonly EventType[];
  readonly sealedSecret: string;
}

/** Of a tenant, or null: of the operator. */
export type SinkOwner = string | null;

/** Sinks, for the doors. @throws sink_absent, also for sinks of others */
export interface SinkStore {
  /** @throws sinks_too_many */
  createWebhook(owner: SinkOwner, webhook: NewWebhook): Promise<SinkStatus>;
  /** The one topic that is sent the events of all tenants; kept under an id of its own. */
  keepTopic(topic: string): Promise<void>;
  listSinks(owner: SinkOwner): Promise<readonly SinkStatus[]>;
  getSink(owner: SinkOwner, sinkId: string): Promise<SinkStatus>;
  /** With what waits for it. */
  deleteSink(owner: SinkOwner, sinkId: string): Promise<void>;
  /** The newest first; those with lower event ids than `before`. */
  listDeliveries(
    owner: SinkOwner,
    sinkId: string,
    page: { state?: DeliveryRecord['state']; before?: number; limit: number },
  ): Promise<readonly DeliveryRecord[]>;
  /** Sends the dead ones anew, or those named, whatever became of them; how many. */
  redeliver(owner: SinkOwner, sinkId: string, eventIds?: readonly number[]): Promise<number>;
}
