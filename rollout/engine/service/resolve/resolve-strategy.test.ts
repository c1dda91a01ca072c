import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strategyDocument } from '../document/strategy-document.ts';
import type { Strategy } from '../rollout-spec.ts';
import { PRESET_NAMES, PRESETS, SEQUENTIAL } from './preset.ts';
import { resolveStrategy } from './resolve-strategy.ts';

function resolved(written: unknown): Strategy {
  return resolveStrategy(strategyDocument.parse(written));
}

/** `10 for 5m (5 errors), 100 watch 5m`. */
function stepsText({ steps }: Strategy): string {
  return steps
    .map(({ traffic, durationMs, watchMs, maxErrors }) => {
      const lasts = durationMs > 0 ? ` for ${durationMs / 60_000}m` : '';
      const watched = watchMs > 0 ? ` watch ${watchMs / 60_000}m` : '';
      return `${traffic}${lasts}${watched}${maxErrors === null ? '' : ` (${maxErrors} errors)`}`;
    })
    .join(', ');
}

test('the presets', () => {
  const shown = PRESET_NAMES.map((name) => [
    name,
    stepsText(PRESETS[name]),
    PRESETS[name].judge.kind,
  ]);
  assert.deepEqual(shown, [
    ['sequential', '10 for 5m, 50 for 5m, 100 watch 10m', 'sequential'],
    ['canary-10-50-100', '10 for 5m (5 errors), 50 for 5m (10 errors), 100 watch 5m', 'thresholds'],
    ['gradual-25-50-100', '25 for 10m, 50 for 10m, 100 watch 10m', 'sequential'],
    ['canary-10', '10 for 15m, 100', 'thresholds'],
    ['direct', '100', 'sequential'],
  ]);
  assert.deepEqual(PRESETS['canary-10'].judge, {
    kind: 'thresholds',
    errorRate: 0.01,
    p95Ms: 60_000,
    p99Ms: 120_000,
    minRequests: 100,
    maxErrors: null,
    tickMs: 60_000,
  });
});

test('a map changes parts of a preset, of sequential without one', () => {
  assert.equal(resolved('sequential'), PRESETS.sequential);
  assert.deepEqual(resolved({}), PRESETS.sequential);
  assert.deepEqual(
    resolved({
      preset: 'canary-10-50-100',
      prove: { suite: 'smoke' },
      judge: { kind: 'sequential', alpha: 0.05, soak: '2m' },
      keepRevisions: 3,
    }),
    {
      prove: { health: null, suite: 'smoke', retries: 5 },
      // The limits of the steps went with the judge that has limits.
      steps: PRESETS['canary-10-50-100'].steps.map((step) => ({ ...step, maxErrors: null })),
      judge: { ...SEQUENTIAL, alpha: 0.05, soakMs: 120_000 },
      on: PRESETS.sequential.on,
      keepRevisions: 3,
    },
  );
});

test('times are milliseconds, shares are parts of 1', () => {
  const { judge, steps } = resolved({
    steps: [{ traffic: 5, for: '90s', maxErrors: 2 }, { traffic: 100 }],
    judge: { kind: 'thresholds', errorRate: '0.5%', p95: '1.5s', every: '30s' },
  });
  assert.deepEqual(judge, {
    kind: 'thresholds',
    errorRate: 0.005,
    p95Ms: 1500,
    p99Ms: null,
    minRequests: 100,
    maxErrors: null,
    tickMs: 30_000,
  });
  assert.deepEqual(steps, [
    { traffic: 5, durationMs: 90_000, watchMs: 0, maxErrors: 2 },
    { traffic: 100, durationMs: 0, watchMs: 0, maxErrors: null },
  ]);
});

const dayMs = 24 * 60 * 60_000;
const reactions: [string, Strategy['on']['inconclusive']][] = [
  ['hold', [{ action: 'hold', forMs: dayMs }, { action: 'abort' }]],
  [
    'extend 10m then hold 2h then rollback',
    [
      { action: 'extend', forMs: 600_000 },
      { action: 'hold', forMs: 7_200_000 },
      { action: 'rollBack' },
    ],
  ],
  ['extend  5m  then  continue', [{ action: 'extend', forMs: 300_000 }, { action: 'continue' }]],
  ['abort', [{ action: 'abort' }]],
];
for (const [text, moves] of reactions) {
  test(`inconclusive: ${text}`, () => {
    assert.deepEqual(resolved({ on: { inconclusive: text } }).on, {
      ...PRESETS.sequential.on,
      inconclusive: moves,
    });
  });
}

const refused = [
  '',
  'then hold',
  'hold then',
  'abort then hold',
  'extend then hold',
  'abort 5m',
  'hold 31d',
  'Hold',
];
for (const text of refused) {
  test(`no reaction: '${text}'`, () => {
    assert.equal(strategyDocument.safeParse({ on: { inconclusive: text } }).success, false);
  });
}
