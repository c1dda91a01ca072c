import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Move } from '../../service/rollout-spec.ts';
import { reactionAt } from './reaction.ts';

const MOVES: readonly Move[] = [
  { action: 'extend', forMs: 100 },
  { action: 'hold', forMs: 50 },
  { action: 'continue' },
];

test('one move after the other, each for its time', () => {
  const at = (nowMs: number) => reactionAt(MOVES, 1000, nowMs);
  assert.deepEqual(at(1000), { action: 'observe' });
  assert.deepEqual(at(1099), { action: 'observe' });
  assert.deepEqual(at(1100), { action: 'hold', untilMs: 1150, next: 'continue' });
  assert.deepEqual(at(1149), { action: 'hold', untilMs: 1150, next: 'continue' });
  assert.deepEqual(at(1150), { action: 'continue' });
});

test('where nothing more is said, it goes back', () => {
  assert.deepEqual(reactionAt([], 0, 0), { action: 'rollBack' });
  const [extend, hold] = MOVES;
  assert.ok(extend && hold);
  assert.deepEqual(reactionAt([extend], 0, 100), { action: 'rollBack' });
  assert.deepEqual(reactionAt([hold], 0, 0), { action: 'hold', untilMs: 50, next: 'rollBack' });
});
