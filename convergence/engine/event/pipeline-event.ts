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
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export function eventType(event: Pick<PipelineEvent, 'step' | 'status'>): EventType {
  const status = event.status.toLowerCase();
  return `${event.step === null ? 'run' : 'step'}.${status}` as EventType;
}
