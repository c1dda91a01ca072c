import type { Run, RunStatus, StepRecord } from '../run.ts';

/** Told what the worker of this process does, for its metrics. */
export interface RunMeter {
  /** `now` is when the worker took it. */
  taken(run: Pick<Run, 'attempt' | 'createdAt'>, now: Date): void;
  stepEnded(step: StepRecord): void;
  runEnded(status: RunStatus): void;
  /** Bytes of raw parts whose rows go to the warehouse now. */
  staged(bytes: number): void;
  leaseLost(): void;
}
