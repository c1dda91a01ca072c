import type { Style } from 'base/terminal/style.ts';
import type { Have } from '../../engine/plan/have.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import { decisions, isWaiting } from './next-steps.ts';
import { countsText } from './progress-line.ts';
import { stageText } from './stage-text.ts';
import { NEXT } from './entry-line.ts';
import { formatMoment, formatRef, formatTraffic } from './traffic-text.ts';

interface Shown {
  readonly service: Have | null;
  readonly rollout: RolloutState | null;
}

interface StatusFrame {
  readonly style: Style;
  readonly nowMs: number;
}

/** What serves, and where the newest rollout stands. */
export function renderStatus({ service, rollout }: Shown, frame: StatusFrame): string[] {
  const about = service ? renderService(service, frame.style) : ['the service is not there yet'];
  const newest = rollout ? renderRollout(rollout, frame) : ['no rollouts yet'];
  return [...about, '', ...newest];
}

function renderService(have: Have, style: Style): string[] {
  const paint = { ready: style.good, reconciling: style.warn, failed: style.bad }[have.state];
  const why = have.message === undefined ? '' : `: ${have.message}`;
  return [
    `${style.strong(formatRef(have.ref))}  ${paint(have.state)}${have.state === 'ready' ? '' : why}`,
    `  at        ${have.url}`,
    `  traffic   ${formatTraffic(have.served)}`,
    `  changed   ${have.changedBy.at} by ${have.changedBy.who} (${have.changedBy.client})`,
  ];
}

function renderRollout(state: RolloutState, { style, nowMs }: StatusFrame): string[] {
  const { id, canary, stable, owner, held } = state;
  const against = stable === null ? '' : ` against ${stable}`;
  const isAlive = owner !== null && Date.parse(owner.aliveUntil) > nowMs;
  const runner = isAlive ? `${owner.who} (${owner.runner})` : 'nobody; `rollout resume` goes on';
  return [
    `${style.strong(`rollout ${id}`)}  by ${state.who} since ${state.since}`,
    `  ships     ${canary}${against}`,
    `  state     ${stageText(state, nowMs)}`,
    ...(held
      ? [`  held      ${style.warn(held.reason)}; ${formatMoment(held.until)} ${NEXT[held.next]}`]
      : []),
    ...(state.outcome === null ? [`  run by    ${runner}`] : []),
    ...(state.counts.canary.requests === 0
      ? []
      : [
          `  canary    ${countsText(state.counts.canary)}`,
          `  stable    ${countsText(state.counts.stable)}`,
        ]),
    ...(isWaiting(state) ? ['', ...decisions(state).map((line) => `  ${line}`)] : []),
  ];
}
