import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  currentTrace,
  formatTraceparent,
  parseCloudTrace,
  parseTraceparent,
  withinTrace,
} from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = '00f067aa0ba902b7';

test('traceparent is read and written', () => {
  const sampled = { traceId, spanId, sampled: true };
  const text = `00-${traceId}-${spanId}-01`;
  assert.deepEqual(parseTraceparent(text), sampled);
  assert.equal(formatTraceparent(sampled), text);
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-02`), { ...sampled, sampled: false });
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${spanId}-03-more`), sampled);
});

test('what is no traceparent is no trace', () => {
  for (const text of [
    '',
    'undefined',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    ` 00-${traceId}-${spanId}-01`,
  ]) {
    assert.equal(parseTraceparent(text), undefined, text);
  }
});

test('the header of Google’s load balancers has a decimal span', () => {
  const read = parseCloudTrace(`${traceId}/67667974448284343;o=1`);
  assert.deepEqual(read, { traceId, spanId, sampled: true });
  assert.equal(parseCloudTrace(`${traceId}/74`)?.spanId, '000000000000004a');
  assert.equal(parseCloudTrace(`${traceId}/74`)?.sampled, false);
  for (const text of ['', traceId, `${traceId}/0;o=1`, `${traceId}/99999999999999999999`, 'x/1']) {
    assert.equal(parseCloudTrace(text), undefined, text);
  }
});

test('work is in the trace that it was begun in', async () => {
  const trace = { traceId, spanId, sampled: true };
  const seen = await withinTrace(trace, async () => {
    await Promise.resolve();
    return [currentTrace(), withinTrace(undefined, currentTrace)];
  });
  assert.deepEqual([...seen, currentTrace()], [trace, undefined, undefined]);
});
