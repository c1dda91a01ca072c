import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { Storage } from '@google-cloud/storage';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';

const cloud = await startLocalCloud();
after(() => cloud.close());
const folder = await mkdtemp(join(tmpdir(), 'killed-extract-'));
after(() => rm(folder, { recursive: true }));

/** Passes everything on, counts contents, and stops in the middle of them while `isHeld`. */
let isHeld = true;
let contentBytes = 0;
const proxy = createServer((incoming, outgoing) => {
  const { url = '', method, headers } = incoming;
  const isContent = url.includes('alt=media');
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (isContent) contentBytes += chunk.length;
      if (!isContent || !isHeld || contentBytes < 3_000_000) done(null, chunk);
    },
  });
  void (async () => {
    const options = {
      method: method as 'GET',
      headers: { ...headers, host: new URL(cloud.rest).host },
    };
    const answer = await request(`${cloud.rest}${url}`, options);
    outgoing.writeHead(answer.statusCode, answer.headers);
    await pipeline(answer.body, count, outgoing).catch(() => undefined);
  })();
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
after(() => proxy.closeAllConnections());
after(() => proxy.close());
const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

const PROGRAM = fileURLToPath(new URL('object-process.fake.ts', import.meta.url));
const start = () => spawn(process.execPath, [PROGRAM, endpoint, folder], { stdio: 'inherit' });

async function sizesThere(): Promise<number> {
  const files = await readdir(folder);
  // One may be renamed meanwhile.
  const sizes = await Promise.all(
    files.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('an extraction that was killed fetches what it does not have, and nothing twice', async () => {
  const bucket = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('killed');
  await bucket.create();
  const contents = [randomBytes(1_000), randomBytes(2_000_000), randomBytes(4_000_000)];
  for (const [at, content] of contents.entries()) {
    await bucket.file(`${at}.csv`).save(content, { resumable: false });
  }
  const killed = start();
  const ended = once(killed, 'exit');
  while ((await sizesThere()) < 2_000_000) await wait(10);
  killed.kill('SIGKILL');
  await ended;

  const there = await sizesThere();
  [isHeld, contentBytes] = [false, 0];
  assert.deepEqual(await once(start(), 'exit'), [0, null]);
  const total = contents.reduce((sum, { length }) => sum + length, 0);
  // The last byte of one that was whole and not checked yet comes again, with the checksum.
  const again = contentBytes - (total - there);
  assert.ok(again >= 0 && again <= contents.length, `${again} bytes were fetched twice`);
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name))),
  );
  const bySize = files.toSorted((a, b) => a.length - b.length);
  assert.deepEqual(
    bySize.map((file, at) => file.equals(contents[at] ?? Buffer.alloc(0))),
    [true, true, true],
  );
});
