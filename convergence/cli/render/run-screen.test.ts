import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent } from '../../server/api/contract/run/run-log.ts';
import type { RunDetailAnswer, StepAnswer } from '../../server/api/contract/run/run.ts';
import { renderRunScreen } from './run-screen.ts';
import { renderRunSummary } from './run-summary.ts';
import { showEvent, viewRun } from './run-view.ts';
import type { RunView } from './run-view.ts';
import { createStyle } from 'base/terminal/style.ts';
import { widthOf } from 'base/terminal/text-width.ts';

const style = createStyle(false);
const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 12) + seconds * 1000).toISOString();

function step(name: string, change: Partial<StepAnswer> = {}): StepAnswer {
  return {
    name,
    type: 'ingest',
    status: 'COMPLETE',
    attempt: 1,
    started_at: at(0),
    finished_at: at(4),
    rows_in: 0,
    rows_loaded: 0,
    rows_quarantined: 0,
    rules_passed: 0,
    rules_failed: 0,
    failure: null,
    ...change,
  };
}

function run(steps: StepAnswer[], change: Partial<RunDetailAnswer> = {}): RunDetailAnswer {
  return {
    pipeline_logging_id: '0198f000-0000-7000-8000-000000000001',
    pipeline_id: 'p_daily',
    tenant_id: 'acme_corp',
    status: 'RUNNING',
    trigger_by: 'cli',
    parameters: {},
    queue: 'pipeline',
    priority: 'normal',
    attempt: 1,
    created_at: at(-1),
    started_at: at(0),
    finished_at: null,
    failure: null,
    restart_of: null,
    replay_of: null,
    group_id: null,
    interval_start: null,
    interval_end: null,
    steps,
    ...change,
  };
}

function progress(detail: Record<string, unknown>, seconds: number): LogEvent {
  const rest = { id: 0, level: 'info' as const, message: '' };
  return { ...rest, kind: 'progress', at: at(seconds), step: 'feeds', detail };
}

function loaded(detail: Record<string, unknown>): LogEvent {
  return { ...progress(detail, 12), kind: 'log', message: 'loaded' };
}

const flights = step('flights', {
  rows_in: 3_066_766,
  rows_loaded: 3_066_766,
  rules_passed: 3,
  finished_at: at(4.2),
});
const feeds = step('feeds', { status: 'RUNNING', started_at: at(4.2), finished_at: null });
const planned = [
  { name: 'flights', type: 'ingest' },
  { name: 'feeds', type: 'ingest' },
  { name: 'quality', type: 'dq' },
  { name: 'delays', type: 'transform' },
] as const;

function midway(): RunView {
  const view = viewRun(run([flights, feeds]), planned);
  return [
    progress({ resource: 'earthquakes', phase: 'extract', rows: 0, bytes: 0, parts: 0 }, 4.5),
    progress(
      { resource: 'earthquakes', phase: 'extract', rows: 12_000, bytes: 3.1e6, parts: 12 },
      10.5,
    ),
    progress({ resource: 'movies', phase: 'stage', rows: null, bytes: 1.2e6, parts: 4 }, 12),
  ].reduce(showEvent, view);
}

test('a run in its middle, on 80 columns', () => {
  const frame = { nowMs: Date.parse(at(12.3)), width: 80, height: 23, style };
  assert.deepEqual(renderRunScreen(midway(), frame), [
    'p_daily of acme_corp                                           RUNNING    12.3 s',
    '██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1 of 4 steps',
    '✔ flights      ingest     3,066,766 rows, 3/3 rules                        4.2 s',
    '⠸ feeds        ingest                                                      8.1 s',
    '  earthquakes  ▰▱▱ extract     12,000 rows   3.1 MB       2,000 rows/s',
    '  movies       ▰▰▱ stage                     1.2 MB',
    '· quality      dq         waiting',
    '· delays       transform  waiting',
  ]);
});

test('resources that are loaded, and those without anything new', () => {
  const rest = { table: 't', rowsIn: 12_000, unchanged: false };
  const view = [
    loaded({ ...rest, resource: 'earthquakes', rowsLoaded: 11_988, rowsQuarantined: 12 }),
    loaded({ ...rest, resource: 'movies', rowsLoaded: 0, rowsQuarantined: 0, unchanged: true }),
    loaded({ table: 't' }),
  ].reduce(showEvent, midway());
  const frame = { nowMs: Date.parse(at(12.3)), width: 80, height: 23, style };
  assert.deepEqual(renderRunScreen(view, frame).slice(4, 6), [
    '  earthquakes  ✔   loaded      11,988 rows              12 quarantined',
    '  movies       ✔   nothing new',
  ]);
});

test('no line is wider than the terminal, none is lost without a word', () => {
  for (const width of [40, 60, 80, 200]) {
    const frame = { nowMs: Date.parse(at(12.3)), width, height: 5, style };
    const lines = renderRunScreen(midway(), frame);
    assert.deepEqual(
      lines.filter((line) => widthOf(line) > width),
      [],
      `at ${width} columns`,
    );
  }
});

test('steps that are over make room for those that run', () => {
  const over = Array.from({ length: 30 }, (_, at) => step(`s${at}`));
  const view = viewRun(run([...over, feeds]), []);
  const frame = { nowMs: Date.parse(at(5)), width: 80, height: 6, style };
  assert.deepEqual(renderRunScreen(view, frame).slice(2), [
    '  … 30 steps are over',
    '⠋ feeds  ingest                                                            0.8 s',
  ]);
});

test('more running steps than lines: the rest is counted', () => {
  const going = Array.from({ length: 9 }, (_, at) => ({ ...feeds, name: `s${at}` }));
  const frame = { nowMs: Date.parse(at(5)), width: 80, height: 6, style };
  const lines = renderRunScreen(viewRun(run(going), []), frame);
  assert.equal(lines.length, 6);
  assert.equal(lines.at(-1), '  … 6 lines more');
});

test('a name cannot move the cursor', () => {
  const evil = step('a\u001B[2Jb\nc\u202Ed');
  const lines = renderRunScreen(viewRun(run([evil]), []), {
    nowMs: 0,
    width: 80,
    height: 20,
    style,
  });
  assert.equal(
    lines[2],
    '✔ a [2Jb c d  ingest                                                       4.0 s',
  );
});

test('the summary of a run that failed, on 80 columns', () => {
  const failure = { code: 'dq_failed', kind: 'input' as const, message: 'delays has 3 bad rows' };
  const movies = {
    code: 'too_many_bad_rows',
    kind: 'input' as const,
    message: '12 of 3,201 rows break not_be_null(title)',
    hint: 'Raise mostly, or mend the source.',
  };
  const ended = run(
    [
      flights,
      step('feeds', {
        status: 'FAILED',
        rows_in: 3_201,
        rows_quarantined: 12,
        rules_passed: 4,
        rules_failed: 1,
        failure: movies,
      }),
      step('quality', { type: 'dq', status: 'FAILED', rules_failed: 1, failure }),
      step('delays', { type: 'transform', status: 'SKIPPED', started_at: null, finished_at: null }),
    ],
    { status: 'FAILED', finished_at: at(9), failure },
  );
  assert.deepEqual(renderRunSummary(ended, { width: 80, style }), [
    'step     status      rows in     loaded  quarantined  rules   time   rows/s',
    'flights  COMPLETE  3,066,766  3,066,766            0    3/3  4.2 s  730,182',
    'feeds    FAILED        3,201          0           12    4/5  4.0 s      800',
    'quality  FAILED            0          0            0    0/1  4.0 s',
    'delays   SKIPPED           0          0            0',
    '         FAILED    3,069,967  3,066,766           12    7/9  9.0 s  341,107',
    '✘ feeds: 12 of 3,201 rows break not_be_null(title) [too_many_bad_rows]',
    '  hint: Raise mostly, or mend the source.',
  ]);
});

test('progress of a resource starts its rate anew with each phase', () => {
  const [, feedsView] = midway().steps;
  assert.deepEqual(feedsView?.resources, [
    {
      name: 'earthquakes',
      phase: 'extract',
      rows: 12_000,
      bytes: 3.1e6,
      rowsPerSecond: 2_000,
      phaseFrom: { atMs: Date.parse(at(4.5)), rows: 0 },
      outcome: null,
    },
    {
      name: 'movies',
      phase: 'stage',
      rows: null,
      bytes: 1.2e6,
      rowsPerSecond: null,
      phaseFrom: { atMs: Date.parse(at(12)), rows: 0 },
      outcome: null,
    },
  ]);
});

test('progress that was seen stays when the records are read again', () => {
  const again = viewRun(run([flights, feeds]), planned, midway());
  assert.deepEqual(again, midway());
});
