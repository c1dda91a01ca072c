import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueOf } from './queue-spec.ts';
import type { QueueName } from './queue-spec.ts';

test('a pipeline waits where it says, else where all its steps belong', () => {
  const of = (types: readonly Exclude<QueueName, 'pipeline'>[], queue?: QueueName) =>
    queueOf({ queue, steps: types.map((type) => ({ type })) });
  assert.equal(of(['ingest', 'ingest']), 'ingest');
  assert.equal(of(['dq']), 'dq');
  assert.equal(of(['transform']), 'transform');
  assert.equal(of(['ingest', 'dq']), 'pipeline');
  assert.equal(of(['ingest', 'ingest'], 'pipeline'), 'pipeline');
  assert.equal(of(['ingest', 'dq'], 'transform'), 'transform');
});
