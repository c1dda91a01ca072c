import { v1 } from '@google-cloud/bigquery-storage';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { StreamHandler } from '../handler.ts';
import { startProtocol } from '../start-protocol.ts';
import type { RunningProtocol } from '../start-protocol.ts';
import { StatusError } from '../status-error.ts';
import { clientOptions } from '../toy-cloud.fake.ts';

const writeStream = 'projects/p/datasets/d/tables/t/streams/_default';

interface Append {
  readonly writeStream: string;
  readonly traceId?: string;
}

const seen: Append[] = [];
let ended = Promise.withResolvers<boolean>();

/** One answer for each request, until one asks for too much. */
const append: StreamHandler = async function* (requests: AsyncIterable<Append>, call) {
  try {
    for await (const request of requests) {
      seen.push(request);
      if (request.traceId === 'all') throw new StatusError('OUT_OF_RANGE', 'not all of them');
      yield { writeStream: request.traceId };
    }
  } finally {
    ended.resolve(call.signal.aborted);
  }
};

describe('streams over gRPC', () => {
  let protocol: RunningProtocol;
  let client: InstanceType<typeof v1.BigQueryWriteClient>;
  before(async () => {
    protocol = await startProtocol({
      protos: {
        '@google-cloud/bigquery-storage': ['google/cloud/bigquery/storage/v1/storage.proto'],
      },
      handlers: {},
      streams: { 'google.cloud.bigquery.storage.v1.BigQueryWrite': { AppendRows: append } },
      host: '127.0.0.1',
      grpcPort: 0,
      restPort: 0,
    });
    client = new v1.BigQueryWriteClient(clientOptions(protocol).grpc as Record<string, object>);
  });
  after(async () => {
    await client.close();
    await protocol.close();
  });

  const open = (stream = writeStream) => {
    ended = Promise.withResolvers();
    const header = `write_stream=${encodeURIComponent(stream)}`;
    const otherArgs = { headers: { 'x-goog-request-params': header } };
    return client.appendRows({ otherArgs });
  };

  test('requests and answers take turns', async () => {
    const stream = open();
    for (const traceId of ['first', 'second']) {
      stream.write({ writeStream, traceId });
      const [answer] = (await once(stream, 'data')) as [Append];
      assert.equal(answer.writeStream, traceId);
    }
    stream.end();
    await once(stream, 'end');
    assert.equal(await ended.promise, false);
    assert.deepEqual(seen, [
      { writeStream, traceId: 'first' },
      { writeStream, traceId: 'second' },
    ]);
  });

  const refusalOf = async (stream: ReturnType<typeof open>, request: object) => {
    stream.write(request);
    const [error] = (await once(stream, 'error')) as [{ code: number; details: string }];
    return [error.code, error.details] as const;
  };

  test('a refusal ends the stream with its code', async () => {
    const refusal = await refusalOf(open(), { writeStream, traceId: 'all' });
    assert.deepEqual(refusal, [11, 'not all of them']);
  });

  test('the first request is held against the protos and the header', async () => {
    const [code, missing] = await refusalOf(open(), { traceId: 'first' });
    assert.deepEqual([code, /write_stream/.test(missing)], [3, true]);
    const other = writeStream.replace('/t/', '/u/');
    const [, misrouted] = await refusalOf(open(other), { writeStream });
    assert.match(misrouted, /x-goog-request-params/);
  });

  test('a caller that goes away is noticed', async () => {
    const stream = open();
    stream.on('error', () => undefined);
    stream.write({ writeStream, traceId: 'first' });
    await once(stream, 'data');
    stream.cancel();
    assert.equal(await ended.promise, true);
  });
});
