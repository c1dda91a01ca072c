import type { Detectable } from '../../plan/plan.ts';
import type { ArmEvidence, SequentialEvidence } from './verdict.ts';

export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

export function durationText(ms: number): string {
  return ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`;
}

/** Why it is rolled back: what is worse, in numbers of both arms, and how sure that is. */
export function harmText(
  canary: ArmEvidence,
  stable: ArmEvidence,
  { eErrors, eLatency, eMetrics, pValue }: SequentialEvidence,
): string {
  return `${numbersText(canary, stable, mostOf({ errors: eErrors, latency: eLatency, ...eMetrics }))}; by chance alone that happens in at most ${oddsText(pValue)}.`;
}

/** The name that has most evidence; errors before others. */
function mostOf(evidence: Readonly<Record<string, number>>): string {
  const [most] = Object.entries(evidence).toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? 'errors';
}

function numbersText(canary: ArmEvidence, stable: ArmEvidence, what: string): string {
  if (what === 'errors') {
    return `The new revision failed ${failedText(canary)}, the present one ${failedText(stable)}`;
  }
  if (what !== 'latency') {
    return `The new revision had ${what} in ${eventsText(canary, what)}, the present one in ${eventsText(stable, what)}`;
  }
  return `The new revision answers more slowly (median ${msText(canary.p50Ms)}, p95 ${msText(canary.p95Ms)}) than the present one (median ${msText(stable.p50Ms)}, p95 ${msText(stable.p95Ms)})`;
}

function eventsText({ events, requests }: ArmEvidence, name: string): string {
  const count = events[name] ?? 0;
  return `${count.toLocaleString('en-US')} of ${countText(requests, 'request')} (${percentText(count / Math.max(1, requests))})`;
}

function failedText({ errors, requests, errorRate }: ArmEvidence): string {
  return `${countText(errors, 'request').replace(/ requests?$/, '')} of ${countText(requests, 'request')} (${percentText(errorRate ?? 0)})`;
}

function msText(ms: number | null): string {
  return ms === null ? 'unknown' : durationText(ms);
}

/** `1 of 5,300 rollouts`. */
function oddsText(pValue: number): string {
  const oneOf = Math.floor(Number((1 / pValue).toPrecision(2)));
  return oneOf > 1_000_000
    ? 'one of a million rollouts'
    : `one of ${oneOf.toLocaleString('en-US')} rollouts`;
}

/** What a step without findings does not rule out. */
export function detectableText({ errorsTimes, latencyTimes }: Detectable): string {
  const seen = [
    errorsTimes === null ? null : `errors x${Number(errorsTimes.toPrecision(2))}`,
    latencyTimes === null ? null : `latency x${Number(latencyTimes.toPrecision(2))}`,
  ].filter((text) => text !== null);
  if (seen.length === 0)
    return 'there was too little traffic to see any fault with 80 % probability';
  return `${seen.join(' or ')} would have been seen with 80 % probability`;
}
