import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Records } from '../control-plane/records.ts';
import type { Call, Handler } from '../protocol/handler.ts';
import { OperationBook } from './operation-book.ts';
import type { OperationSource, WireOperation } from './operation-source.ts';
import { serveOperations } from './serve-operations.ts';

const PARENT = 'projects/p/locations/r';
const response = { '@type': 'type.googleapis.com/google.protobuf.Empty' };

let home = '';
let records: Records;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'operations-'));
  records = open();
});
after(async () => {
  records.close();
  await rm(home, { recursive: true });
});

function open(): Records {
  const opened = Records.open(home);
  assert.ok(opened);
  return opened;
}

/** One operation that runs until somebody waits for it. */
class SlowSource implements OperationSource {
  operation: WireOperation = { name: `${PARENT}/operations/slow` };
  readonly get = (name: string) => (name === this.operation.name ? this.operation : undefined);
  readonly list = () => [this.operation];
  readonly wait = async () => {
    this.operation = { ...this.operation, done: true };
  };
}

const call: Call = {
  service: 'google.longrunning.Operations',
  method: '',
  transport: 'grpc',
  signal: new AbortController().signal,
};

function asking(handlers: Readonly<Record<string, Handler>>) {
  return (method: string, request: object) => handlers[method]?.(request as never, call);
}

test('a call goes to the product that knows the operation', async () => {
  const slow = new SlowSource();
  const book = new OperationBook(records);
  const ask = asking(serveOperations([slow, book]));
  const { name } = book.add({ parent: PARENT, response });
  const ended = { name, response, done: true };
  assert.deepEqual(await ask('GetOperation', { name }), ended);
  assert.deepEqual(await ask('GetOperation', slow.operation), { name: slow.operation.name });
  assert.deepEqual(await ask('ListOperations', { name: PARENT }), {
    operations: [ended, slow.operation],
  });
  await assert.rejects(async () => ask('CancelOperation', { name }), { code: 'UNIMPLEMENTED' });
  await assert.rejects(async () => ask('DeleteOperation', slow.operation), {
    code: 'UNIMPLEMENTED',
  });
  const { name: slowName } = slow.operation;
  assert.deepEqual(await ask('WaitOperation', { name: slowName }), { name: slowName, done: true });
});

test('what has ended is there after a restart, until it is deleted', async () => {
  const { name } = new OperationBook(records).add({ parent: PARENT, response });
  records.close();
  records = open();
  const ask = asking(serveOperations([new OperationBook(records)]));
  assert.deepEqual(await ask('GetOperation', { name }), { name, response, done: true });
  assert.deepEqual(await ask('DeleteOperation', { name }), {});
  await assert.rejects(async () => ask('GetOperation', { name }), {
    code: 'NOT_FOUND',
    message: `Operation '${name}' does not exist.`,
  });
});
