import type { Style } from 'base/terminal/style.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import { countText, evidenceNumber, timesText } from './traffic-text.ts';

/** Where a step stands, on one line of a log. */
export function renderProgress(state: RolloutState, style: Style): string {
  const { canary, stable } = state.counts;
  const parts = [
    `${state.canaryPercent} %`,
    `canary ${countsText(canary)}`,
    `stable ${countsText(stable)}`,
    ...evidenceText(state),
  ];
  return `          ${style.faint(parts.join('; '))}`;
}

/** `1,130 requests, 2 errors (0.18 %)` */
export function countsText({ requests, errors }: RolloutState['counts']['canary']): string {
  const share = errors === 0 ? '' : ` (${((100 * errors) / requests).toPrecision(2)} %)`;
  return `${countText(requests, 'request')}, ${countText(errors, 'error')}${share}`;
}

/** What the judge thinks, where it has seen anything. */
export function evidenceText({ verdict, phase }: RolloutState): string[] {
  const sequential = verdict?.evidence.sequential ?? null;
  if (sequential === null || (phase !== 'step' && phase !== 'watching')) return [];
  const { e, bound, detectable } = sequential;
  const seen = [
    detectable.errorsTimes === null ? null : `errors ${timesText(detectable.errorsTimes)}`,
    detectable.latencyTimes === null ? null : `latency ${timesText(detectable.latencyTimes)}`,
  ].filter((text) => text !== null);
  const by = seen.length === 0 ? 'no fault would be seen yet' : `${seen.join(', ')} would be seen`;
  return [`E ${evidenceNumber(e)} of ${bound}, ${by}`];
}
