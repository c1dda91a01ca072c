import { adapt, managedwriter } from '@google-cloud/bigquery-storage';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { Records } from '../../../control-plane/records.ts';
import { FaultBook } from '../../../fault/fault-book.ts';
import { startProtocol } from '../../../protocol/start-protocol.ts';
import type { RunningProtocol } from '../../../protocol/start-protocol.ts';
import { clientOptions } from '../../../protocol/toy-cloud.fake.ts';
import { openObjectStore } from '../../storage/open-storage.ts';
import { openBigQuery } from '../open-bigquery.ts';

const FIELDS = [
  { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'name', type: 'STRING' },
  { name: 'price', type: 'NUMERIC' },
  { name: 'day', type: 'DATE' },
  { name: 'made_at', type: 'TIMESTAMP' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  { name: 'size', type: 'RECORD', fields: [{ name: 'height', type: 'FLOAT' }] },
];
const destinationTable = 'projects/p/datasets/shop/tables/items';

describe('the Storage Write API with Google’s own writer', () => {
  let home: string;
  let cloud: { protocol: RunningProtocol; close(): Promise<void> };
  let writer: managedwriter.WriterClient;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bigquery-write-'));
    cloud = await start(home);
    await rest('POST', '/datasets', { datasetReference: { datasetId: 'shop' } });
    const tableReference = { datasetId: 'shop', tableId: 'items' };
    await rest('POST', '/datasets/shop/tables', { tableReference, schema: { fields: FIELDS } });
    writer = open();
  });
  after(async () => {
    writer.close();
    await cloud.close();
    await rm(home, { recursive: true });
  });

  const open = () =>
    new managedwriter.WriterClient(clientOptions(cloud.protocol).grpc as Record<string, object>);
  const rest = async (method: string, path: string, body?: object): Promise<unknown> => {
    const url = `http://127.0.0.1:${cloud.protocol.restPort}/bigquery/v2/projects/p${path}`;
    const answer = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
    return answer.json();
  };
  const idsOf = async () => {
    const page = await rest('GET', '/datasets/shop/tables/items/data?selectedFields=id');
    const { rows = [] } = page as { rows?: { f: { v: string }[] }[] };
    return rows.map(({ f }) => f[0]?.v);
  };
  const connect = async (type: 'COMMITTED' | 'PENDING') => {
    const streamType = type as never;
    const streamId = await writer.createWriteStream({ streamType, destinationTable });
    return { streamId, ...(await writeTo(streamId)) };
  };
  const writeTo = async (streamId: string) => {
    const stream = await writer.getWriteStream({ streamId, view: 'FULL' as never });
    assert.ok(stream.tableSchema);
    const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(
      stream.tableSchema,
      'root',
    );
    const connection = await writer.createStreamConnection({ streamId, destinationTable });
    const json = new managedwriter.JSONWriter({ connection, protoDescriptor });
    const append = (rows: Parameters<typeof json.appendRows>[0], offset?: number) =>
      json.appendRows(rows, offset).getResult();
    return { connection, append };
  };

  test('rows of a committed stream are there at once, with all types', async () => {
    const { append, connection } = await connect('COMMITTED');
    const row = {
      id: 1,
      name: 'one',
      price: '9.99',
      day: new Date('2026-03-01T00:00:00Z'),
      made_at: new Date('2026-03-01T10:20:30.456Z'),
      tags: ['a', 'b'],
      size: { height: 1.5 },
    };
    const result = await append([row], 0);
    assert.equal(String(result.appendResult?.offset?.value), '0');
    connection.close();
    const page = await rest('GET', '/datasets/shop/tables/items/data');
    const [first] = (page as { rows: { f: { v: unknown }[] }[] }).rows;
    assert.deepEqual(
      first?.f.map(({ v }) => v),
      [
        '1',
        'one',
        '9.99',
        '2026-03-01',
        '1.772360430456E9',
        [{ v: 'a' }, { v: 'b' }],
        { f: [{ v: '1.5' }] },
      ],
    );
  });

  test('what is sent again under its offset is not there twice', async () => {
    const { append, connection } = await connect('COMMITTED');
    await append([{ id: 2 }, { id: 3 }], 0);
    const again = await append([{ id: 2 }, { id: 3 }], 0);
    assert.equal(again.error?.code, 6, 'ALREADY_EXISTS');
    const beyond = await append([{ id: 9 }], 7);
    assert.equal(beyond.error?.code, 11, 'OUT_OF_RANGE');
    await append([{ id: 4 }], 2);
    connection.close();
    assert.deepEqual(await idsOf(), ['1', '2', '3', '4']);
  });

  test('pending rows appear when their streams are committed, together and once', async () => {
    const one = await connect('PENDING');
    const two = await connect('PENDING');
    await one.append([{ id: 5 }]);
    await two.append([{ id: 6 }]);
    const both = { parent: destinationTable, writeStreams: [one.streamId, two.streamId] };
    const early = await writer.batchCommitWriteStream(both);
    assert.deepEqual(
      early.streamErrors?.map(({ code }) => code),
      ['INVALID_STREAM_STATE', 'INVALID_STREAM_STATE'],
    );
    for (const { streamId: name, connection } of [one, two]) {
      connection.close();
      assert.equal(String((await writer.finalizeWriteStream({ name })).rowCount), '1');
    }
    assert.deepEqual(await idsOf(), ['1', '2', '3', '4']);

    writer.close();
    await cloud.close();
    cloud = await start(home);
    writer = open();
    assert.ok((await writer.batchCommitWriteStream(both)).commitTime);
    assert.deepEqual(await idsOf(), ['1', '2', '3', '4', '5', '6']);
    const again = await writer.batchCommitWriteStream(both);
    assert.equal(again.streamErrors?.[0]?.code, 'STREAM_ALREADY_COMMITTED');
    assert.deepEqual(await idsOf(), ['1', '2', '3', '4', '5', '6']);
  });

  test('a row that does not fit stops its request and names itself', async () => {
    const { append, connection } = await connect('COMMITTED');
    const refused = await append([{ id: 7 }, { id: 8, price: 'much' }], 0);
    assert.equal(refused.error?.code, 3);
    assert.deepEqual(
      refused.rowErrors?.map(({ index, message }) => [String(index), message]),
      [['1', 'Cannot convert value to numeric (bad value): much']],
    );
    connection.close();
    assert.equal((await idsOf()).includes('7'), false);
  });

  test('the default stream takes rows, and a table that is not there has none', async () => {
    const { append, connection } = await writeTo(`${destinationTable}/streams/_default`);
    await append([{ id: 10 }]);
    connection.close();
    assert.ok((await idsOf()).includes('10'));
    const absent = { streamType: 'PENDING' as never, destinationTable: `${destinationTable}x` };
    await assert.rejects(writer.createWriteStream(absent), { code: 5 });
  });
});

/** BigQuery alone, over gRPC and REST. */
async function start(home: string) {
  const records = Records.open(home);
  assert.ok(records);
  const faults = new FaultBook({ records, random: Math.random });
  const objects = openObjectStore({ home, clock: systemClock });
  const {
    protos = {},
    handlers = {},
    ...product
  } = openBigQuery({ home, faults, clock: systemClock }, objects);
  const places = { host: '127.0.0.1', grpcPort: 0, restPort: 0 };
  const { streams = {}, routes = [] } = product;
  const protocol = await startProtocol({ protos, handlers, streams, routes, ...places });
  return {
    protocol,
    async close() {
      await protocol.close();
      await product.close?.();
      records.close();
    },
  };
}
