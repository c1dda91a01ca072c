import type { JudgePolicy, Reactions, Step } from '../service/rollout-spec.ts';
import type { Gate, PlanFacts, Want } from './plan.ts';

/** A rate that was measured on fewer requests says nothing about a step to come. */
const LEAST_MEASURED = 20;
const LONGEST_MS = 30 * 24 * 3_600_000;

/**
 * Closed when a step cannot get the requests that its judge needs, extensions included, so that it
 * could only end without a verdict. Null where nothing is judged, or the traffic is not known.
 */
export function gateOfData({ environment, skipCanary }: Want, facts: PlanFacts): Gate | null {
  const { steps, judge, on } = environment.strategy;
  if (judge.kind === 'sequential' && !facts.readsCounters) {
    const [counter] = Object.values(judge.metrics);
    if (counter !== undefined) return withoutCounters(counter);
  }
  const judged = steps.filter(({ durationMs }) => durationMs > 0);
  if (skipCanary || judged.length === 0 || facts.measuredRequests < LEAST_MEASURED) return null;
  if (on.inconclusive.some(({ action }) => action === 'continue')) return null;
  // Evidence of the sequential judge adds up: a later step knows more than the first.
  const asked = judge.kind === 'sequential' ? judged.slice(0, 1) : judged;
  const blind = asked.find((step) => isBlind(facts, judge, extended(step, on)));
  if (!blind) {
    return { name: 'data', state: 'open', message: 'each step will get enough requests to judge' };
  }
  const message = describe(facts, judge, { blind, nr: steps.indexOf(blind) + 1, on });
  const hint =
    'Give the step more time or traffic, send load to the service, or ship with --skip-canary.';
  return { name: 'data', state: 'closed', message, hint };
}

function withoutCounters(counter: string): Gate {
  const message = `the judge is to count '${counter}', and the router of local-cloud counts requests only`;
  const hint =
    'Name a Prometheus in ROLLOUT_PROMETHEUS_URL, or take judge.metrics away in this environment.';
  return { name: 'data', state: 'closed', message, hint };
}

type Timed = Pick<Step, 'traffic' | 'durationMs'>;

function extended({ traffic, durationMs }: Step, on: Reactions): Timed {
  return { traffic, durationMs: durationMs + extensionMs(on) };
}

function extensionMs({ inconclusive }: Reactions): number {
  return inconclusive.reduce((sum, move) => sum + (move.action === 'extend' ? move.forMs : 0), 0);
}

/** What ends INCONCLUSIVE however good the release is. */
function isBlind(facts: PlanFacts, judge: JudgePolicy, step: Timed): boolean {
  const detectable = facts.detectable(step);
  if (detectable === null) return false;
  if (judge.kind === 'sequential') return detectable.outageRequests === null;
  const isOfShares = [judge.errorRate, judge.p95Ms, judge.p99Ms].some((limit) => limit !== null);
  return isOfShares && detectable.canaryRequests < judge.minRequests;
}

interface Blind {
  readonly blind: Step;
  readonly nr: number;
  readonly on: Reactions;
}

function describe(facts: PlanFacts, judge: JudgePolicy, { blind, nr, on }: Blind): string {
  const step = extended(blind, on);
  const requests = facts.detectable(step)?.canaryRequests ?? 0;
  const extension = extensionMs(on);
  const time = `${durationText(blind.durationMs)}${extension > 0 ? ` and ${durationText(extension)} of extension` : ''}`;
  const few =
    judge.kind === 'sequential'
      ? 'too few to see even 20 % errors with 80 % probability'
      : `its judge needs ${judge.minRequests}`;
  return `step ${nr} would bring about ${Math.round(requests)} requests to the new revision in ${time}: ${few}${neededText(facts, judge, step)}`;
}

/** How long the step would have to be, at the traffic that was measured. */
function neededText(facts: PlanFacts, judge: JudgePolicy, step: Timed): string {
  let { durationMs } = step;
  while (isBlind(facts, judge, { ...step, durationMs })) {
    durationMs *= 1.25;
    if (durationMs > LONGEST_MS) return '';
  }
  return `; at ${step.traffic} % it would take some ${durationText(durationMs)}`;
}

function durationText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 2) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`;
}
