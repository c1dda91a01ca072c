import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudProcess } from '../../cli/cloud-process.fake.ts';

const cloud = await CloudProcess.start();
after(async () => {
  await cloud.end('SIGTERM');
  await cloud.remove();
});

const CHUNK = Buffer.alloc(256 * 1024, 'c');
const contents = () => readdir(join(cloud.home, 'storage/contents'));
const objects = () => `${cloud.endpoints.rest}/storage/v1/b/killed/o`;
const uploads = (query: string) => `${cloud.endpoints.rest}/upload/storage/v1/b/killed/o?${query}`;

/** Sends a chunk and then nothing, for ever. */
async function* endless() {
  yield CHUNK;
  await new Promise(() => {});
}

test('after kill -9 objects are there whole or not at all, and uploads go on', async () => {
  const made = `${cloud.endpoints.rest}/storage/v1/b?project=p`;
  await fetch(made, { method: 'POST', body: '{"name": "killed"}' });
  await fetch(uploads('uploadType=media&name=whole'), { method: 'POST', body: 'all of it' });
  const begun = await fetch(uploads('uploadType=resumable&name=resumed'), { method: 'POST' });
  const session = new URL(begun.headers.get('location') ?? '');
  const range = { 'content-range': `bytes 0-${CHUNK.length - 1}/*` };
  await fetch(session, { method: 'PUT', headers: range, body: CHUNK });
  const half = { method: 'POST', body: endless(), duplex: 'half' } as const;
  const broken = fetch(uploads('uploadType=media&name=half'), half).catch(() => 'broken');
  while ((await contents()).length < 3) await wait(10);

  await cloud.end('SIGKILL');
  assert.equal(await broken, 'broken');
  await cloud.restart();

  const { items } = (await (await fetch(objects())).json()) as { items: { name: string }[] };
  assert.deepEqual(
    items.map(({ name }) => name),
    ['whole'],
  );
  assert.equal(await (await fetch(`${objects()}/whole?alt=media`)).text(), 'all of it');
  // What was sent of the third one belongs to nobody and is gone.
  assert.equal((await contents()).length, 2);
  const there = await fetch(uploads(session.searchParams.toString()), {
    method: 'PUT',
    headers: { 'content-range': 'bytes */*' },
  });
  assert.deepEqual(
    [there.status, there.headers.get('range')],
    [308, `bytes=0-${CHUNK.length - 1}`],
  );
});
