import type { RunDetailAnswer, StepAnswer } from '../../server/api/contract/run/run.ts';
import { formatCount, formatElapsed, ratePerSecond } from 'base/terminal/amount.ts';
import type { Style } from 'base/terminal/style.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';

const TITLES = ['step', 'status', 'rows in', 'loaded', 'quarantined', 'rules', 'time', 'rows/s'];

/** What came of a run that is over: a row for each step, a sum, and why steps failed. */
export function renderRunSummary(run: RunDetailAnswer, frame: TableFrame): string[] {
  const { style } = frame;
  const columns = TITLES.map((title, at) => ({
    title,
    ...(at > 1 && { side: 'right' as const }),
    ...(title === 'status' && { paint: (text: string) => paintStatus(text, style) }),
  }));
  const rows = run.steps.map((step) => [step.name, ...cellsOf(step)]);
  const sum = run.steps.length > 1 ? [['', ...cellsOf(sumOf(run))]] : [];
  return [...renderTable(columns, [...rows, ...sum], frame), ...failureLines(run, style)];
}

type Counted = Omit<StepAnswer, 'name' | 'type' | 'attempt' | 'failure'>;

function cellsOf(step: Counted): string[] {
  const elapsedMs = durationMs(step);
  const rules = step.rules_passed + step.rules_failed;
  const rate =
    elapsedMs === null || step.rows_in === 0 ? null : ratePerSecond(step.rows_in, elapsedMs);
  return [
    step.status,
    formatCount(step.rows_in),
    formatCount(step.rows_loaded),
    formatCount(step.rows_quarantined),
    rules === 0 ? '' : `${step.rules_passed}/${rules}`,
    elapsedMs === null ? '' : formatElapsed(elapsedMs),
    rate === null ? '' : formatCount(rate),
  ];
}

function sumOf(run: RunDetailAnswer): Counted {
  const add = (pick: (step: StepAnswer) => number) =>
    run.steps.reduce((sum, step) => sum + pick(step), 0);
  return {
    status: run.status,
    started_at: run.started_at,
    finished_at: run.finished_at,
    rows_in: add((step) => step.rows_in),
    // Rows of a transform were made of rows that were loaded, and are not further ones.
    rows_loaded: add((step) => (step.type === 'ingest' ? step.rows_loaded : 0)),
    rows_quarantined: add((step) => step.rows_quarantined),
    rules_passed: add((step) => step.rules_passed),
    rules_failed: add((step) => step.rules_failed),
  };
}

function durationMs({ started_at, finished_at }: Counted): number | null {
  if (started_at === null || finished_at === null) return null;
  return Math.max(0, Date.parse(finished_at) - Date.parse(started_at));
}

/** The failure of the run itself is the command's own error, and not said twice. */
function failureLines(run: RunDetailAnswer, style: Style): string[] {
  return run.steps.flatMap(({ name, failure }) => {
    if (!failure || failure.message === run.failure?.message) return [];
    const hint = failure.hint === undefined ? [] : [`  hint: ${failure.hint}`];
    return [`${style.bad('✘')} ${name}: ${failure.message} [${failure.code}]`, ...hint];
  });
}

export function paintStatus(status: string, style: Style): string {
  if (status === 'COMPLETE') return style.good(status);
  if (status === 'FAILED') return style.bad(status);
  return status === 'RUNNING' ? style.busy(status) : style.faint(status);
}
