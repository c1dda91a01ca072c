import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from './event-stream.ts';
import type { ServerSentEvent } from './event-stream.ts';

async function readAll(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events = [];
  for await (const event of readEvents(ReadableStream.from(chunks))) events.push(event);
  return events;
}

test('events whatever their chunks, without comments and without a cut one', async () => {
  const text =
    'retry: 1000\n\n: still here\n\nid: 1\nevent: log\ndata: {"a":"é"}\n\n' +
    'data: one\ndata: two\n\nevent: end\r\ndata: x\r\n\r\nevent: lost\ndata: half';
  const expected = [
    { name: 'log', data: '{"a":"é"}' },
    { name: 'message', data: 'one\ntwo' },
    { name: 'end', data: 'x' },
  ];
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(await readAll(chunks), expected, `in chunks of ${size}`);
  }
});
