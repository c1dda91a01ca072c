import type { StepSpec } from '../../pipeline/spec/pipeline-spec.ts';
import type { RuleResult } from '../run.ts';

/** What a step has done so far; also true of a step that then fails. */
export interface StepTally {
  rowsIn: number;
  rowsLoaded: number;
  rowsQuarantined: number;
  readonly results: RuleResult[];
}

export function emptyTally(): StepTally {
  return { rowsIn: 0, rowsLoaded: 0, rowsQuarantined: 0, results: [] };
}

/** One attempt of a step. */
export interface StepJob<S extends StepSpec = StepSpec> {
  readonly step: S;
  readonly signal: AbortSignal;
  /** Filled as the work goes on. */
  readonly tally: StepTally;
}
