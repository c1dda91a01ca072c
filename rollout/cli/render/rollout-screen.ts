import { stripVTControlCharacters } from 'node:util';
import type { Style } from 'base/terminal/style.ts';
import { cut, padTo, widthOf } from 'base/terminal/text-width.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import { decisions, isWaiting } from './next-steps.ts';
import { countsText, evidenceText } from './progress-line.ts';
import { shownStages, stageText } from './stage-text.ts';
import { formatRef } from './traffic-text.ts';

export interface ScreenFrame {
  readonly width: number;
  readonly nowMs: number;
  readonly style: Style;
}

const BAR_WIDTH = 30;

/** A rollout under way, to be drawn over: the path, the split, what was counted, the evidence. */
export function renderRolloutScreen(state: RolloutState, frame: ScreenFrame): string[] {
  const { style, nowMs } = frame;
  const lines = [
    '',
    `${style.strong(state.canary)} ${stageText(state, nowMs)}  ${style.faint(formatRef(state.ref))}`,
    renderPath(state, style),
    ...renderSplit(state, style),
    ...evidenceText(state).map((text) => `  ${text}`),
    ...(state.held ? [`  ${style.warn(`held: ${state.held.reason}`)}`] : []),
    ...(isWaiting(state) ? decisions(state).map((line) => `  ${line}`) : []),
  ];
  return lines.map((line) => (widthOf(line) > frame.width ? cutPlain(line, frame.width) : line));
}

/** Colours are given up where a line does not fit. */
function cutPlain(line: string, width: number): string {
  return cut(stripVTControlCharacters(line), width);
}

function renderPath({ request, stage }: RolloutState, style: Style): string {
  const steps = shownStages(request.plan).map(({ at, title }) => {
    if (at < stage) return style.good(`✔ ${title}`);
    return at === stage ? style.busy(`▸ ${title}`) : style.faint(title);
  });
  return `  ${steps.join(style.faint(' · '))}`;
}

function renderSplit({ canary, stable, canaryPercent, counts }: RolloutState, style: Style) {
  const width = Math.max(widthOf(canary), widthOf(stable ?? ''));
  const row = (name: string, percent: number, text: string) =>
    `  ${padTo(name, width)}  ${bar(percent, style)} ${padTo(`${percent} %`, 5, 'right')}  ${text}`;
  const rows = [row(canary, canaryPercent, countsText(counts.canary))];
  if (stable !== null) rows.push(row(stable, 100 - canaryPercent, countsText(counts.stable)));
  return rows;
}

function bar(percent: number, style: Style): string {
  const full = Math.round((percent / 100) * BAR_WIDTH);
  return style.busy('█'.repeat(full)) + style.faint('░'.repeat(BAR_WIDTH - full));
}
