import { judgeNow } from '../../judge/judge-now.ts';
import { startJudge, startStep } from '../../judge/judge-state.ts';
import type { JudgedStep, JudgeState } from '../../judge/judge-state.ts';
import { observeTick } from '../../judge/observe-tick.ts';
import type { Tick } from '../../judge/tick.ts';
import type { Verdict } from '../../judge/verdict/verdict.ts';
import type { Plan, Stage } from '../../plan/plan.ts';
import type { Strategy } from '../../service/rollout-spec.ts';

/** The judge, and which stage of the plan it judges. */
export interface Judging {
  readonly judge: JudgeState;
  readonly stage: number | null;
}

/** A stage in which a canary is judged. */
export interface JudgedStage extends JudgedStep {
  readonly index: number;
  /** When its traffic was in force, RFC 3339. */
  readonly since: string;
}

export function startJudging({ judge: policy }: Strategy, { stages }: Plan): Judging {
  const judgedMs = stages
    .filter(({ name }) => isJudged(name))
    .reduce((sum, { durationMs }) => sum + durationMs, 0);
  return { judge: startJudge(policy, judgedMs / policy.tickMs), stage: null };
}

export function isJudged(name: Stage['name']): boolean {
  return name === 'step' || name === 'watch';
}

/** Ticks from before the first judged stage show what was normal. */
export function takeTicks(
  judging: Judging,
  ticks: readonly Tick[],
  stage: JudgedStage | null,
): Judging {
  return ticks.reduce((now, tick) => {
    const begun = stage !== null && now.stage !== stage.index && isOf(stage, tick, now);
    const judge = begun ? startStep(now.judge, stage) : now.judge;
    return { judge: observeTick(judge, tick), stage: begun ? stage.index : now.stage };
  }, judging);
}

/**
 * The tick in which the first stage began holds the requests of our own proof, too, and is left out.
 * A later one belongs to its new stage, whose split is not looked at before it has settled.
 */
function isOf(stage: JudgedStage, tick: Tick, before: Judging): boolean {
  return before.stage === null ? tick.startAt >= stage.since : endOf(tick) > stage.since;
}

/** A look costs milliseconds, and between two ticks everybody who looks sees the same. */
const looked = new WeakMap<JudgeState, Map<boolean, Verdict>>();

/** `hasEnded`: the planned time of the stage is over and its ticks were observed. */
export function verdictOf({ judge }: Judging, hasEnded: boolean): Verdict {
  const known = looked.get(judge) ?? new Map<boolean, Verdict>();
  const verdict =
    known.get(hasEnded) ?? judgeNow(judge, { stepEnded: hasEnded, sourceProblem: null });
  looked.set(judge, known.set(hasEnded, verdict));
  return verdict;
}

/** RFC 3339. */
export function endOf({ startAt, seconds }: Tick): string {
  return new Date(Date.parse(startAt) + seconds * 1000).toISOString();
}
