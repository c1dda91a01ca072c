import { formatElapsed } from 'base/terminal/amount.ts';
import type { Style } from 'base/terminal/style.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import { countsText } from './progress-line.ts';
import { formatTraffic } from './traffic-text.ts';

/** What a rollout came to; nothing for one that is not over. */
export function renderOutcome(state: RolloutState, style: Style): string[] {
  const { outcome, endedAt, since, canary, counts } = state;
  if (outcome === null || endedAt === null) return [];
  const took = formatElapsed(Date.parse(endedAt) - Date.parse(since));
  const title = {
    promoted: style.good(`${canary} is promoted`),
    rolledBack: style.bad(`${canary} is rolled back`),
    failed: style.bad(`${canary} failed`),
    aborted: style.warn(`${canary} is aborted`),
  }[outcome];
  const served = counts.canary.requests + counts.stable.requests;
  return [
    '',
    `${title} after ${took}`,
    `  traffic   ${formatTraffic(state.traffic)}`,
    ...(served === 0
      ? []
      : [`  canary    ${countsText(counts.canary)}`, `  stable    ${countsText(counts.stable)}`]),
  ];
}
