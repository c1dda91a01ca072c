import type { LogEvent } from '../../server/api/contract/run/run-log.ts';
import type { RunDetailAnswer, StepAnswer } from '../../server/api/contract/run/run.ts';

/** Where a resource is on its way; in this order. */
export const PHASES = ['extract', 'stage', 'publish'] as const;
type Phase = (typeof PHASES)[number];

export interface ResourceView {
  readonly name: string;
  readonly phase: Phase;
  /** null where the source does not count them. */
  readonly rows: number | null;
  readonly bytes: number;
  /** Since this phase began, as far as it was seen. */
  readonly rowsPerSecond: number | null;
  readonly phaseFrom: { readonly atMs: number; readonly rows: number };
  /** null until it is loaded. */
  readonly outcome: ResourceOutcome | null;
}

interface ResourceOutcome {
  readonly rows: number;
  readonly quarantined: number;
  /** There was nothing new. */
  readonly unchanged: boolean;
}

export interface StepView extends StepAnswer {
  readonly resources: readonly ResourceView[];
}

/** What the screen of a run shows, built from its records and its events. */
export interface RunView extends Omit<RunDetailAnswer, 'steps'> {
  readonly steps: readonly StepView[];
}

export type PlannedStep = Pick<StepAnswer, 'name' | 'type'>;

/** A run with its planned steps, also those that it has not reached; keeps the progress seen. */
export function viewRun(
  run: RunDetailAnswer,
  planned: readonly PlannedStep[],
  seen?: RunView,
): RunView {
  const reached = new Map(run.steps.map((step) => [step.name, step]));
  const steps = planned.map((step) => reached.get(step.name) ?? waitingStep(step));
  const unplanned = run.steps.filter(({ name }) => !planned.some((step) => step.name === name));
  const resources = (name: string) =>
    seen?.steps.find((step) => step.name === name)?.resources ?? [];
  return {
    ...run,
    steps: [...steps, ...unplanned].map((step) => ({ ...step, resources: resources(step.name) })),
  };
}

/**
 * The view after an event of a resource: its progress (`{resource, phase, rows, bytes}` in the
 * detail), or the log line of its load (`{resource, rowsLoaded, rowsQuarantined, unchanged}`).
 */
export function showEvent(view: RunView, event: LogEvent): RunView {
  const name = event.detail.resource;
  if (typeof name !== 'string') return view;
  const isLoaded = event.kind === 'log' && typeof event.detail.rowsLoaded === 'number';
  if (!isLoaded && event.kind !== 'progress') return view;
  const steps = view.steps.map((step) => {
    if (step.name !== event.step) return step;
    const before = step.resources.find((resource) => resource.name === name);
    const after = isLoaded ? readLoad(name, event) : readProgress(name, event, before);
    const resources = before
      ? step.resources.map((resource) => (resource === before ? after : resource))
      : [...step.resources, after];
    return { ...step, resources };
  });
  return { ...view, steps };
}

function readLoad(name: string, { at, detail }: LogEvent): ResourceView {
  const rows = numberOf(detail.rowsLoaded);
  const quarantined = numberOf(detail.rowsQuarantined);
  const phaseFrom = { atMs: Date.parse(at), rows };
  const outcome = { rows, quarantined, unchanged: detail.unchanged === true };
  return { name, phase: 'publish', rows, bytes: 0, rowsPerSecond: null, phaseFrom, outcome };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function readProgress(name: string, event: LogEvent, before?: ResourceView): ResourceView {
  const { detail } = event;
  const phase = PHASES.find((known) => known === detail.phase) ?? 'extract';
  const rows = typeof detail.rows === 'number' ? detail.rows : null;
  const atMs = Date.parse(event.at);
  const phaseFrom =
    before?.phase === phase
      ? before.phaseFrom
      : { atMs, rows: phase === 'extract' ? 0 : (rows ?? 0) };
  const elapsedMs = atMs - phaseFrom.atMs;
  return {
    name,
    phase,
    rows,
    bytes: numberOf(detail.bytes),
    rowsPerSecond:
      rows === null || elapsedMs < 200 ? null : ((rows - phaseFrom.rows) * 1000) / elapsedMs,
    phaseFrom,
    outcome: null,
  };
}

function waitingStep({ name, type }: PlannedStep): StepAnswer {
  return {
    name,
    type,
    status: 'PENDING',
    attempt: 0,
    started_at: null,
    finished_at: null,
    rows_in: 0,
    rows_loaded: 0,
    rows_quarantined: 0,
    rules_passed: 0,
    rules_failed: 0,
    failure: null,
  };
}
