import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWorkerFlags } from './worker-flags.ts';

test('flags of a worker are read, and left out where they are', () => {
  assert.deepEqual(readWorkerFlags({}), {});
  assert.deepEqual(readWorkerFlags({ queues: 'transform, ingest,ingest', concurrency: '8' }), {
    queues: ['ingest', 'transform'],
    places: { min: 8, max: 8 },
  });
  assert.deepEqual(readWorkerFlags({ min: '1', max: '6' }), { places: { min: 1, max: 6 } });
});

for (const [name, flags] of Object.entries({
  'an unknown queue': { queues: 'ingest,email' },
  'no queue at all': { queues: '' },
  'no number': { concurrency: 'many' },
  'a number below one': { concurrency: '0' },
  'a fixed number beside a range': { concurrency: '2', max: '4' },
  'half a range': { max: '4' },
  'a range that falls': { min: '4', max: '2' },
})) {
  test(`a worker refuses ${name}`, () => {
    assert.throws(() => readWorkerFlags(flags), { code: 'request_invalid' });
  });
}
