import { isSplitBroken } from './evidence/split-check.ts';
import type { JudgeState, StepState } from './judge-state.ts';
import { OUTAGE_RATE } from './power/detectable.ts';
import { brokenLimit, endWithinLimits } from './verdict/broken-limit.ts';
import { gatherEvidence } from './verdict/gather-evidence.ts';
import { isHarmful, isHarmless } from './verdict/is-decided.ts';
import { countText, detectableText, harmText, percentText } from './verdict/verdict-text.ts';
import type { Evidence, Verdict } from './verdict/verdict.ts';

/** What the judge cannot see in its ticks. */
export interface Situation {
  /** The planned time of the step is over, extensions too, and its ticks were observed. */
  readonly stepEnded: boolean;
  /** Why the source of the ticks does not answer; null: it does. */
  readonly sourceProblem: string | null;
}

type Finding = Pick<Verdict, 'kind' | 'reason'> & { readonly hold?: Verdict['hold'] };

/** What is known now. Ask after each tick: looking often costs nothing. */
export function judgeNow(state: JudgeState, situation: Situation): Verdict {
  const evidence = gatherEvidence(state);
  const { step } = state;
  const found =
    step === null
      ? undecided('No step has begun.')
      : (findHarm(state, step, evidence) ??
        findObstacle(state, step, { evidence, situation }) ??
        findEnd(state, step, { evidence, situation }));
  return { kind: found.kind, reason: found.reason, hold: found.hold ?? null, evidence };
}

function undecided(reason: string): Finding {
  return { kind: 'UNDECIDED', reason };
}

function findHarm(state: JudgeState, step: StepState, evidence: Evidence): Finding | null {
  if (state.policy.kind === 'thresholds') {
    const reason = brokenLimit(step, state.policy);
    return reason === null ? null : { kind: 'FAIL', reason };
  }
  if (!isHarmful(state) || evidence.sequential === null) return null;
  return { kind: 'FAIL', reason: harmText(evidence.canary, evidence.stable, evidence.sequential) };
}

interface Facts {
  readonly evidence: Evidence;
  readonly situation: Situation;
}

/** What forbids to go on although the canary is not shown to be worse. */
function findObstacle(
  state: JudgeState,
  step: StepState,
  { evidence, situation }: Facts,
): Finding | null {
  if (situation.sourceProblem !== null) {
    return {
      kind: 'PROVIDER_ERROR',
      reason: `The metrics cannot be read: ${situation.sourceProblem}`,
    };
  }
  const { sequential } = evidence;
  if (sequential === null) return null;
  if (isSplitBroken(step.split.canary, step.split.stable, step.traffic / 100)) {
    return { kind: 'INCONCLUSIVE', hold: 'split', reason: splitText(step) };
  }
  if (sequential.sharedFate >= sequential.bound) {
    return { kind: 'INCONCLUSIVE', hold: 'sharedFate', reason: sharedFateText(step) };
  }
  return isOneClient(state, step) ? { kind: 'INCONCLUSIVE', reason: oneClientText(step) } : null;
}

function splitText({ split, traffic }: StepState): string {
  const share = split.canary / (split.canary + split.stable);
  return `The split is broken: the new revision gets ${percentText(share)} of the requests instead of ${traffic} %.`;
}

function sharedFateText(step: StepState): string {
  const now = step.traffic === 100 ? step.canary : step.stable;
  const who = step.traffic === 100 ? 'The new revision' : 'The present revision too';
  const rates = [now, step.before].map(({ errors, requests }) => percentText(errors / requests));
  return `${who} does worse since this step began than what served before it: ${rates[0]} of its requests fail, ${rates[1]} before; the release may harm what they share.`;
}

/** Few clients meet many errors: theirs, or the release's? Evidence counts each client once. */
function isOneClient(state: JudgeState, { canary, stable }: StepState): boolean {
  if (state.policy.kind === 'thresholds' || canary.firstErrors >= canary.errors / 4) return false;
  const rate = canary.errors / canary.requests;
  return (
    canary.errors >= 10 &&
    rate >= OUTAGE_RATE &&
    rate >= 5 * (stable.errors / Math.max(1, stable.requests))
  );
}

function oneClientText({ canary }: StepState): string {
  return `${percentText(canary.errors / canary.requests)} of the new revision's requests fail, but nearly all for ${countText(canary.firstErrors, 'client')}; is it the client or the release?`;
}

function findEnd(state: JudgeState, step: StepState, { evidence, situation }: Facts): Finding {
  const { policy } = state;
  const { canary } = step;
  if (isHarmless(state)) {
    return {
      kind: 'PASS',
      reason: `Twice the errors or slow answers are ruled out after ${countText(canary.requests, 'request')} to the new revision.`,
    };
  }
  if (!situation.stepEnded) return undecided(progressText(evidence));
  if (canary.requests === 0) {
    return { kind: 'NO_DATA', reason: 'The new revision got no request in this step.' };
  }
  if (policy.kind === 'thresholds') return endWithinLimits(step, policy);
  return endWithoutHarm(evidence, step);
}

function progressText({ canary, sequential }: Evidence): string {
  const counts = `${countText(canary.errors, 'error')} in ${countText(canary.requests, 'request')} to the new revision`;
  if (sequential === null) return `${counts}; no limit is broken.`;
  const e = Number(sequential.e.toPrecision(2)).toLocaleString('en-US');
  return `${counts}; evidence of harm ${e}, ${sequential.bound.toLocaleString('en-US')} rolls back.`;
}

function endWithoutHarm({ canary, sequential }: Evidence, { traffic }: StepState): Finding {
  const requests = countText(canary.requests, 'request');
  const detectable = sequential?.detectable ?? null;
  // At 100 % nothing is left to compare with; the step only watches.
  if (traffic < 100 && (detectable?.outageRequests ?? null) === null) {
    return {
      kind: 'INCONCLUSIVE',
      reason: `The new revision got ${requests}: too few to see even ${percentText(OUTAGE_RATE)} errors with 80 % probability.`,
    };
  }
  const seen = detectable === null ? '' : `; ${detectableText(detectable)}`;
  return {
    kind: 'PASS',
    reason: `No evidence of harm in ${requests} to the new revision${seen}.`,
  };
}
