import type { Failure, NewRunEvent, RunStatus, StepRecord, StepStatus } from './run.ts';

/** True when nothing can happen to the run any more. */
export function isEnded(status: RunStatus): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** The line of a run's log for a new state of the run. */
export function runStateEvent(status: RunStatus, failure: Failure | null = null): NewRunEvent {
  return { ...stateEvent(`Run ${status}`, status, failure), step: null };
}

/** The line of a run's log for a new state of one of its steps. */
export function stepStateEvent(
  step: Pick<StepRecord, 'name' | 'status' | 'attempt' | 'failure'>,
): NewRunEvent {
  const { name, status, attempt, failure } = step;
  const event = stateEvent(`Step ${name} ${status}`, status, failure);
  return { ...event, step: name, detail: { ...event.detail, attempt } };
}

function stateEvent(
  title: string,
  status: StepStatus,
  failure: Failure | null,
): Omit<NewRunEvent, 'step'> {
  return {
    kind: 'state',
    level: status === 'FAILED' ? 'error' : 'info',
    message: failure ? `${title}: ${failure.message}` : title,
    detail: failure ? { status, code: failure.code } : { status },
  };
}
