import { formatBytes, formatCount, formatElapsed } from 'base/terminal/amount.ts';
import { PHASES } from './run-view.ts';
import type { ResourceView, RunView, StepView } from './run-view.ts';
import type { Style } from 'base/terminal/style.ts';
import { cut, padTo, plain, widthOf } from 'base/terminal/text-width.ts';

export interface ScreenFrame {
  readonly nowMs: number;
  readonly width: number;
  readonly height: number;
  readonly style: Style;
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SPIN_MS = 100;
const NAME_WIDTH = 24;
const TYPE_WIDTH = 10;
const TIME_WIDTH = 10;

/** The screen of a run that goes on; at most `height` lines, none wider than `width`. */
export function renderRunScreen(view: RunView, frame: ScreenFrame): string[] {
  const nameWidth = Math.min(NAME_WIDTH, Math.max(...view.steps.map(widestName), 4));
  const layout = { ...frame, nameWidth };
  const blocks = view.steps.map((step) => ({
    isOver: isOver(step),
    lines: [renderStep(step, layout), ...resourceLines(step, layout)],
  }));
  const head = renderHead(view, frame);
  return [...head, ...fitBlocks(blocks, frame.height - head.length, frame.style)];
}

interface Layout extends ScreenFrame {
  readonly nameWidth: number;
}

function widestName({ name, resources }: StepView): number {
  return Math.max(...[name, ...resources.map((resource) => resource.name)].map(plainWidth));
}

function plainWidth(name: string): number {
  return widthOf(plain(name));
}

function isOver({ status }: StepView): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

function renderHead(view: RunView, frame: ScreenFrame): string[] {
  const { style, width, nowMs } = frame;
  const over = view.steps.filter(isOver).length;
  const title = cut(`${view.pipeline_id} of ${view.tenant_id}`, width - TIME_WIDTH - 11);
  const since = elapsedOf(view, nowMs);
  const state = `${style.strong(view.status)}${padTo(since, TIME_WIDTH, 'right')}`;
  const count = ` ${over} of ${view.steps.length} steps`;
  return [
    `${style.strong(title)}${padTo(state, width - widthOf(title), 'right')}`,
    `${renderBar(over, view.steps.length, Math.min(40, width - count.length))}${style.faint(count)}`,
  ];
}

function renderBar(done: number, all: number, width: number): string {
  const filled = all === 0 ? 0 : Math.round((done / all) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

function renderStep(step: StepView, layout: Layout): string {
  const { style, width, nowMs, nameWidth } = layout;
  const name = padTo(cut(plain(step.name), nameWidth), nameWidth);
  const type = style.faint(padTo(step.type, TYPE_WIDTH));
  const room = width - nameWidth - TYPE_WIDTH - TIME_WIDTH - 6;
  const outcome = padTo(paintOutcome(step, cut(plain(outcomeOf(step)), room), style), room);
  const elapsed = padTo(elapsedOf(step, nowMs), TIME_WIDTH, 'right');
  return `${markOf(step, layout)} ${name}  ${type} ${outcome} ${style.faint(elapsed)}`.trimEnd();
}

function markOf({ status }: StepView, { nowMs, style }: Layout): string {
  const turn = Math.floor(nowMs / SPIN_MS) % SPINNER.length;
  const marks: Record<StepView['status'], string> = {
    PENDING: style.faint('·'),
    RUNNING: style.busy(SPINNER[turn] ?? ''),
    COMPLETE: style.good('✔'),
    SKIPPED: style.faint('-'),
    CANCELLED: style.faint('-'),
    FAILED: style.bad('✘'),
  };
  return marks[status];
}

function outcomeOf(step: StepView): string {
  if (step.failure) return step.failure.message;
  if (step.status === 'SKIPPED') return 'skipped';
  if (step.status === 'PENDING') return 'waiting';
  const rules = step.rules_passed + step.rules_failed;
  const parts = [
    step.rows_loaded > 0 ? `${formatCount(step.rows_loaded)} rows` : '',
    step.rows_quarantined > 0 ? `${formatCount(step.rows_quarantined)} quarantined` : '',
    rules > 0 ? `${step.rules_passed}/${rules} rules` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function paintOutcome({ status }: StepView, text: string, style: Style): string {
  if (status === 'FAILED') return style.bad(text);
  return status === 'COMPLETE' ? text : style.faint(text);
}

/** While a step runs, its resources; afterwards its own line says what became of them. */
function resourceLines(step: StepView, layout: Layout): string[] {
  if (step.status !== 'RUNNING') return [];
  return step.resources.map((resource) => renderResource(resource, layout));
}

function renderResource(resource: ResourceView, layout: Layout): string {
  const { style, nameWidth, width } = layout;
  const name = padTo(cut(plain(resource.name), nameWidth), nameWidth);
  const stage = PHASES.indexOf(resource.phase) + 1;
  const bar = style.busy('▰'.repeat(stage) + '▱'.repeat(PHASES.length - stage));
  const mark = resource.outcome ? padTo(style.good('✔'), PHASES.length) : bar;
  const numbers = resource.outcome ? outcomeNumbers(resource.outcome) : progressNumbers(resource);
  return `  ${name}  ${mark} ${cut(numbers, width - nameWidth - 8)}`;
}

function progressNumbers({ phase, rows, bytes, rowsPerSecond: rate }: ResourceView): string {
  return layNumbers([
    phase,
    rows === null ? '' : `${formatCount(rows)} rows`,
    bytes > 0 ? formatBytes(bytes) : '',
    rate === null ? '' : `${formatCount(rate)} rows/s`,
  ]);
}

function outcomeNumbers(outcome: NonNullable<ResourceView['outcome']>): string {
  if (outcome.unchanged) return 'nothing new';
  const { rows, quarantined } = outcome;
  const bad = quarantined > 0 ? `${formatCount(quarantined)} quarantined` : '';
  return layNumbers(['loaded', `${formatCount(rows)} rows`, '', bad]);
}

function layNumbers([word = '', rows = '', bytes = '', last = '']: readonly string[]): string {
  const laid = [padTo(word, 7), padTo(rows, 16, 'right'), padTo(bytes, 9, 'right')];
  return `${laid.join('')}${padTo(last, 19, 'right')}`.trimEnd();
}

interface Block {
  readonly isOver: boolean;
  readonly lines: readonly string[];
}

/** What runs is shown whole; steps that are over make room first, then those that wait. */
function fitBlocks(blocks: readonly Block[], height: number, style: Style): string[] {
  const all = blocks.flatMap(({ lines }) => lines);
  if (all.length <= height) return all;
  const going = blocks.filter((block) => !block.isOver);
  const over = blocks.length - going.length;
  const lines = [
    ...(over > 0 ? [style.faint(`  … ${over} steps are over`)] : []),
    ...going.flatMap((block) => block.lines),
  ];
  if (lines.length <= height) return lines;
  const hidden = lines.length - height + 1;
  return [...lines.slice(0, Math.max(0, height - 1)), style.faint(`  … ${hidden} lines more`)];
}

function elapsedOf(
  { started_at, finished_at }: Pick<StepView, 'started_at' | 'finished_at'>,
  nowMs: number,
): string {
  if (started_at === null) return '';
  const untilMs = finished_at === null ? nowMs : Date.parse(finished_at);
  return formatElapsed(Math.max(0, untilMs - Date.parse(started_at)));
}
