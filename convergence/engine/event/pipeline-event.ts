import type { StepStatus } from '../run/run.ts';

/** A new state of a run or of one of its steps. */
export interface PipelineEvent {
  /** Grows: within a run in the order of its changes. */
  readonly id: number;
  readonly at: Date;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly runId: string;
  readonly triggerBy: string;
  /** null: the change is one of the run itself. */
  readonly step: string | null;
  readonly status: StepStatus;
  /** Of the run or of the step: which try it was. */
  readonly attempt: number | null;
  /** Code of the failure, in docs/reference/errors.md. */
  readonly code: string | null;
  readonly message: string;
}

export const TENANT_CHANGES = [
  'onboarded',
  'suspended',
  'resumed',
  'offboarding',
  'offboarded',
] as const;

export type TenantChange = (typeof TENANT_CHANGES)[number];

/** What became of a tenant itself. */
export interface TenantEvent extends Pick<PipelineEvent, 'id' | 'at' | 'tenantId' | 'message'> {
  readonly change: TenantChange;
  /** The same in all of a tenant, and not the id of a run: they come in order. */
  readonly streamId: string;
}

export type StoredEvent = PipelineEvent | TenantEvent;

export const EVENT_TYPES = [
  'run.pending',
  'run.running',
  'run.complete',
  'run.failed',
  'run.cancelled',
  'step.running',
  'step.complete',
  'step.failed',
  'step.cancelled',
  'step.skipped',
  'tenant.onboarded',
  'tenant.suspended',
  'tenant.resumed',
  'tenant.offboarding',
  'tenant.offboarded',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export function isTenantEvent(event: StoredEvent): event is TenantEvent {
  return 'change' in event;
}

export function eventType(event: StoredEvent): EventType {
  if (isTenantEvent(event)) return `tenant.${event.change}`;
  const status = event.status.toLowerCase();
  return `${event.step === null ? 'run' : 'step'}.${status}` as EventType;
}

/** Events of one stream are sent one after the other: those of a run, or those of a tenant itself. */
export function streamOf(event: StoredEvent): string {
  return isTenantEvent(event) ? event.streamId : event.runId;
}

/** Whose webhooks may be told; null: those of the operator alone, since the tenant is gone. */
export function ownerOf(event: StoredEvent): string | null {
  return isTenantEvent(event) && event.change === 'offboarded' ? null : event.tenantId;
}
