import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { ask, KEY, PlaneRig, revision, to } from '../plane-rig.fake.ts';

let rig: PlaneRig;
before(async () => {
  rig = await PlaneRig.start();
});
after(() => rig.end());

test('a revision knows what it is, and the request says where it came from', async () => {
  const one = revision('shop-1', { env: { GREETING: 'hello' } });
  const { url } = await rig.serve({ revisions: [one], traffic: [to('shop-1', 100)] });
  const response = await fetch(`${url}/?status=201`, {
    headers: { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': 'https', te: 'gzip' },
  });
  const { pid, headers, ...who } = (await response.json()) as Record<string, unknown>;
  assert.equal(response.status, 201);
  assert.equal(typeof pid, 'number');
  assert.deepEqual(who, {
    K_SERVICE: 'shop',
    K_REVISION: 'shop-1',
    K_CONFIGURATION: 'shop',
    GREETING: 'hello',
  });
  const {
    host,
    te,
    'x-forwarded-for': from,
    'x-forwarded-proto': proto,
  } = headers as Record<string, string>;
  assert.deepEqual(
    { host, te, from, proto },
    { host: new URL(url).host, te: undefined, from: '9.9.9.9, 127.0.0.1', proto: 'http' },
  );
});

test('requests are split by weight, and a tag reaches its revision whatever the weights', async () => {
  const revisions = [revision('shop-1'), revision('shop-2'), revision('shop-3')];
  const traffic = [to('shop-1', 70), to('shop-2', 30), to('shop-3', 0, 'next')];
  const { url, tagUrls } = await rig.serve({ revisions, traffic });
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(url)));
  const counts = Map.groupBy(answers, ({ K_REVISION }) => K_REVISION);
  const second = counts.get('shop-2')?.length ?? 0;
  // Five standard deviations: it fails by chance once in two million runs.
  assert.ok(Math.abs(second - 300) < 75, `${second} of 1000 at 30 percent`);
  assert.equal(counts.get('shop-3'), undefined);
  assert.deepEqual(Object.keys(tagUrls), ['next']);
  assert.equal((await ask(tagUrls.next ?? '')).K_REVISION, 'shop-3');
});

test('a tag that is moved keeps its URL, and one that is gone is closed', async () => {
  const revisions = [revision('shop-1'), revision('shop-2')];
  const first = await rig.serve({
    revisions,
    traffic: [to('shop-1', 100), to('shop-2', 0, 'next')],
  });
  const moved = await rig.serve({ revisions, traffic: [to('shop-1', 100, 'next')] });
  assert.deepEqual(moved.tagUrls, first.tagUrls);
  assert.equal((await ask(moved.tagUrls.next ?? '')).K_REVISION, 'shop-1');
  await rig.serve({ revisions, traffic: [to('shop-1', 100)] });
  await assert.rejects(fetch(first.tagUrls.next ?? '', { headers: { connection: 'close' } }));
});

test('bodies stream both ways', async () => {
  const { url } = await rig.serve({
    revisions: [revision('shop-1')],
    traffic: [to('shop-1', 100)],
  });
  const sent = request(url, { method: 'POST' });
  sent.write('one');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  // The first piece comes back before the last is sent.
  assert.equal(String((await once(response, 'data'))[0]), 'one');
  sent.end('x'.repeat(3_000_000));
  let received = 0;
  for await (const chunk of response) received += (chunk as Buffer).length;
  assert.equal(received, 3_000_000);
});

test('a connection that changes its protocol is passed through', async () => {
  const { url } = await rig.serve({
    revisions: [revision('shop-1')],
    traffic: [to('shop-1', 100)],
  });
  const sent = request(url, { headers: { connection: 'Upgrade', upgrade: 'echo' } });
  sent.end();
  const [response, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Duplex];
  assert.equal(response.statusCode, 101);
  socket.write('ping');
  assert.equal(String((await once(socket, 'data'))[0]), 'ping');
  socket.destroy();
});

test('a request that takes too long is answered 504', async () => {
  const hasty = revision('shop-1', { timeoutMs: 100 });
  const { url } = await rig.serve({ revisions: [hasty], traffic: [to('shop-1', 100)] });
  const response = await fetch(`${url}/?sleep=5000`);
  assert.deepEqual([response.status, await response.text()], [504, 'upstream request timeout\n']);
});

test('a revision errs and is slow on demand', async () => {
  const { url } = await rig.serve({
    revisions: [revision('shop-1')],
    traffic: [to('shop-1', 100)],
  });
  await rig.plane.setFault(KEY, 'shop-1', { errorShare: 0.5, delayMs: 50 });
  const startedAtMs = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async () => (await fetch(url)).status),
  );
  assert.ok(performance.now() - startedAtMs >= 50);
  const errors = statuses.filter((status) => status === 500).length;
  assert.ok(Math.abs(errors - 100) < 36, `${errors} of 200 at 50 percent`);
  await rig.plane.setFault(KEY, 'shop-1', {});
  assert.equal((await fetch(url)).status, 200);
});

test('what cannot be served is refused with what is wrong', async () => {
  const revisions = [revision('shop-1')];
  const serve = (traffic: ReturnType<typeof to>[], key = KEY) =>
    rig.plane.applyService({ key, minInstances: 0, revisions, traffic });
  const refused = (message: string) => ({ code: 'desired_service_invalid', message });
  const cannot = `Service '${KEY}' cannot be served: `;
  await assert.rejects(
    serve([to('shop-1', 90)]),
    refused(`${cannot}its traffic sums to 90 percent, not to 100.`),
  );
  await assert.rejects(
    serve([to('shop-9', 100)]),
    refused(`${cannot}traffic goes to 'shop-9', which is not among its revisions.`),
  );
  const endless = revision('shop-1', { timeoutMs: Number.NaN });
  await assert.rejects(
    rig.serve({ revisions: [endless] }),
    refused(`${cannot}'timeoutMs' of revision 'shop-1' is null, not 1 or more.`),
  );
  await assert.rejects(
    serve([], 'shop'),
    refused(
      "Service 'shop' cannot be served: its key is 'shop', not {project}/{region}/{service}.",
    ),
  );
});

test('a service that is removed is gone', async () => {
  const { url } = await rig.serve({
    revisions: [revision('shop-1')],
    traffic: [to('shop-1', 100)],
  });
  await rig.plane.removeService(KEY);
  assert.equal(await rig.plane.describeService(KEY), null);
  await assert.rejects(fetch(url, { headers: { connection: 'close' } }));
  await assert.rejects(rig.plane.readCounters(KEY, 0, 1), { code: 'service_absent' });
});
