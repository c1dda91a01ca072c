import { formatElapsed } from 'base/terminal/amount.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Phase, RolloutState } from '../../engine/rollout/rollout-state.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  gates: 'waits at the gates',
  building: 'builds the image',
  deploying: 'deploys the revision',
  proving: 'proves the revision',
  step: 'judges',
  watching: 'has all traffic and is watched',
  cleaningUp: 'cleans up',
  rollingBack: 'is taken back',
  held: 'is held',
  ended: 'is over',
};

const OUTCOMES = {
  promoted: 'promoted',
  rolledBack: 'rolled back',
  failed: 'failed',
  aborted: 'aborted',
} as const;

/** Where a rollout stands, in a few words with the time that is left. */
export function stageText(state: RolloutState, nowMs: number): string {
  const { phase, outcome, why, canaryPercent, deadline } = state;
  if (outcome !== null) return `${OUTCOMES[outcome]}${why === null ? '' : `: ${why}`}`;
  const percent = phase === 'step' ? ` at ${canaryPercent} %` : '';
  const left = deadline === null ? 0 : Date.parse(deadline) - nowMs;
  const time = left > 0 ? `; ${formatElapsed(left)} left` : '';
  return `${PHASES[phase]}${percent}${time}`;
}

/** The stages of a plan that people follow; locks and clean-ups are not among them. */
export function shownStages(plan: Plan): { readonly at: number; readonly title: string }[] {
  return plan.stages.flatMap((_, at) => {
    const title = titleOf(plan, at);
    return title === null ? [] : [{ at, title }];
  });
}

function titleOf(plan: Plan, at: number): string | null {
  const stage = plan.stages[at];
  if (stage?.name === 'step') {
    const after = stage.effects.at(-1)?.after ?? [];
    const percent = after.find(({ revision }) => revision === plan.revision)?.percent;
    return `${percent ?? '?'} %`;
  }
  return stage && ['deploy', 'prove', 'watch'].includes(stage.name) ? stage.name : null;
}
