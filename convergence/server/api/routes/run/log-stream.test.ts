import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import type { RunEvent } from '../../../../engine/run/run.ts';
import { streamLog } from './log-stream.ts';

const at = new Date('2026-03-01T12:00:00Z');

function event(id: number, kind: RunEvent['kind']): RunEvent {
  return { id, at, step: 'load', kind, level: 'info', message: `line\n${id}`, detail: { rows: 3 } };
}

const readEnd = async () => ({ pipeline_logging_id: 'r1', status: 'COMPLETE' });

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += line;
  return text;
}

test('kept events carry an id, progress does not, and the run ends the stream', async () => {
  async function* events() {
    yield event(7, 'log');
    yield event(8, 'progress');
  }
  const { signal } = new AbortController();
  const lines = streamLog({ events: events(), clock: new FakeClock(), signal, readEnd });
  assert.equal(
    await textOf(lines),
    [
      'retry: 1000\n\n',
      'id: 7\nevent: log\ndata: {"id":7,"at":"2026-03-01T12:00:00.000Z","step":"load","kind":"log",',
      '"level":"info","message":"line\\n7","detail":{"rows":3}}\n\n',
      'event: progress\ndata: {"id":8,"at":"2026-03-01T12:00:00.000Z","step":"load",',
      '"kind":"progress","level":"info","message":"line\\n8","detail":{"rows":3}}\n\n',
      'event: end\ndata: {"pipeline_logging_id":"r1","status":"COMPLETE"}\n\n',
    ].join(''),
  );
});

test('silence is filled with heartbeats', async () => {
  const clock = new FakeClock();
  const run = Promise.withResolvers<void>();
  async function* events() {
    await run.promise;
    yield event(1, 'log');
  }
  const { signal } = new AbortController();
  const lines = streamLog({ events: events(), clock, signal, readEnd });
  await lines.next();
  for (let beat = 0; beat < 2; beat++) {
    const next = lines.next();
    await clock.advance(15_000);
    assert.deepEqual(await next, { done: false, value: ': still here\n\n' });
  }
  run.resolve();
  assert.match((await lines.next()).value as string, /^id: 1\nevent: log\n/);
});

test('an abort ends the stream without an end event and closes what it reads', async () => {
  let isClosed = false;
  const gone = new AbortController();
  async function* events() {
    try {
      yield event(1, 'log');
      await new Promise((_, reject) => {
        gone.signal.addEventListener('abort', () => reject(gone.signal.reason as Error));
      });
    } finally {
      isClosed = true;
    }
  }
  const source = { events: events(), clock: new FakeClock(), signal: gone.signal, readEnd };
  const lines = streamLog(source);
  await lines.next();
  await lines.next();
  const rest = textOf(lines);
  gone.abort();
  assert.deepEqual([await rest, isClosed], ['', true]);
});

test('an error of the source reaches the reader as a broken stream', async () => {
  async function* events() {
    yield event(1, 'log');
    throw new Error('database gone');
  }
  const { signal } = new AbortController();
  const lines = streamLog({ events: events(), clock: new FakeClock(), signal, readEnd });
  await assert.rejects(textOf(lines), /database gone/);
});
