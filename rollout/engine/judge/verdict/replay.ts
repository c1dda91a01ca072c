import type { JudgePolicy } from '../../service/rollout-spec.ts';
import { judgeNow } from '../judge-now.ts';
import { startJudge, startStep } from '../judge-state.ts';
import type { JudgedStep, JudgeState } from '../judge-state.ts';
import { observeTick } from '../observe-tick.ts';
import type { Tick } from '../tick.ts';
import type { Verdict } from './verdict.ts';

/** What was recorded of a rollout. */
export interface Recording {
  /** Before the first step. */
  readonly before: readonly Tick[];
  readonly steps: readonly (JudgedStep & { readonly ticks: readonly Tick[] })[];
  /** That were planned for all steps. */
  readonly plannedTicks: number;
}

export interface Replayed {
  /** The first step that did not pass, or the last; null without steps. */
  readonly step: number | null;
  /** Seconds of the step that were observed when the judge decided. */
  readonly seconds: number;
  readonly verdict: Verdict;
}

/** What the judge would have said of recorded ticks under this policy. */
export function replay({ before, steps, plannedTicks }: Recording, policy: JudgePolicy): Replayed {
  let state = before.reduce(observeTick, startJudge(policy, plannedTicks));
  let last: Replayed = { step: null, seconds: 0, verdict: judgeNow(state, ENDED) };
  for (const [index, step] of steps.entries()) {
    const result = replayStep(startStep(state, step), step.ticks);
    ({ state } = result);
    last = { step: index, seconds: state.step?.seconds ?? 0, verdict: result.verdict };
    if (last.verdict.kind !== 'PASS') return last;
  }
  return last;
}

const GOING_ON = { stepEnded: false, sourceProblem: null };
const ENDED = { stepEnded: true, sourceProblem: null };

function replayStep(
  begun: JudgeState,
  ticks: readonly Tick[],
): { readonly state: JudgeState; readonly verdict: Verdict } {
  let state = begun;
  for (const tick of ticks) {
    state = observeTick(state, tick);
    const verdict = judgeNow(state, GOING_ON);
    // An early end is a PASS too; the recording tells whether the step went on.
    if (verdict.kind !== 'UNDECIDED' && verdict.kind !== 'PASS') return { state, verdict };
  }
  return { state, verdict: judgeNow(state, ENDED) };
}
