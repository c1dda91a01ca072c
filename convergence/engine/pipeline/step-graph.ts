import type { StepSpec } from './spec/pipeline-spec.ts';

/** By step what it waits for. Absent `depends_on` means the step before; an empty one, none. */
export function stepDependencies(steps: readonly StepSpec[]): ReadonlyMap<string, string[]> {
  return new Map(
    steps.map((step, index) => {
      const before = steps[index - 1];
      return [step.name, step.depends_on ?? (before ? [before.name] : [])];
    }),
  );
}

export type StepState = 'PENDING' | 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELLED' | 'SKIPPED';

export interface StepNode {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly stopsRun: boolean;
}

/** Steps in the order of the file. */
export type StepGraph = readonly StepNode[];

/** The steps of a valid pipeline and what each waits for. */
export function stepGraph(steps: readonly StepSpec[]): StepGraph {
  const dependencies = stepDependencies(steps);
  return steps.map((step) => ({
    name: step.name,
    dependsOn: dependencies.get(step.name) ?? [],
    stopsRun: step.on_failure === 'stop',
  }));
}

export interface NextSteps {
  /** May start now. */
  readonly ready: readonly string[];
  /** Will never start, because a step failed that stops the run, or the run was cancelled. */
  readonly skipped: readonly string[];
}

/**
 * What to do next, given the state of each step (absent: PENDING). A step that failed with
 * `on_failure: continue`, or was skipped by its `when`, lets those behind it go on.
 */
export function readySteps(graph: StepGraph, states: ReadonlyMap<string, StepState>): NextSteps {
  const stateOf = (name: string): StepState => states.get(name) ?? 'PENDING';
  const pending = graph.filter((step) => stateOf(step.name) === 'PENDING');
  const isStopped = graph.some((step) => {
    const state = stateOf(step.name);
    return state === 'CANCELLED' || (state === 'FAILED' && step.stopsRun);
  });
  if (isStopped) return { ready: [], skipped: pending.map((step) => step.name) };
  const ended: readonly StepState[] = ['COMPLETE', 'FAILED', 'SKIPPED'];
  const ready = pending.filter((step) =>
    step.dependsOn.every((name) => ended.includes(stateOf(name))),
  );
  return { ready: ready.map((step) => step.name), skipped: [] };
}

/**
 * Whether a step's `when` lets it run, its values already in place: `a == b` and `a != b` compare
 * text (quotes around a side are dropped); anything else is false when empty, false, 0, no or null.
 */
export function evaluateWhen(text: string): boolean {
  const [, left, operator, right] = /^(.*?)([=!]=)(.*)$/s.exec(text) ?? [];
  if (left !== undefined && right !== undefined) {
    return (unquote(left) === unquote(right)) === (operator === '==');
  }
  return !['', 'false', '0', 'no', 'null'].includes(unquote(text).toLowerCase());
}

function unquote(text: string): string {
  return text.trim().replace(/^(['"])(.*)\1$/s, '$2');
}
