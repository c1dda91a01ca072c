import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DesiredRevision, RevisionStatus } from '../data-plane.ts';
import { KEY, PlaneRig, revision, to } from '../plane-rig.fake.ts';

let rig: PlaneRig;
before(async () => {
  rig = await PlaneRig.start();
});
after(() => rig.end());

let count = 0;

/** What becomes of a revision that gets no traffic; the port is cut out of what it says. */
async function prove(more: Partial<DesiredRevision>): Promise<RevisionStatus> {
  const name = `shop-${++count}`;
  const { revisions } = await rig.serve({ revisions: [revision(name, more)] });
  const [status] = revisions;
  if (!status) throw new Error('no revision');
  const { message, ...rest } = status;
  const cut = message?.replace(/PORT=\d+/, 'PORT=8080').replace(name, 'shop-n');
  return { ...rest, name: 'shop-n', ...(cut === undefined ? {} : { message: cut }) };
}

function failed(reason: string): RevisionStatus {
  const message = `Revision 'shop-n' is not ready and cannot serve traffic. ${reason}`;
  return { name: 'shop-n', state: 'failed', instances: 0, message };
}

const NOT_LISTENING =
  'The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.';
const node = (script: string) => ({ command: [process.execPath, '-e', script] });
const once = { periodMs: 300, timeoutMs: 300, failureThreshold: 1 };

test('a revision that listens is ready', async () => {
  assert.deepEqual(await prove({}), { name: 'shop-n', state: 'ready', instances: 1 });
});

test('one that boots slowly is ready when it listens', async () => {
  const ready = { name: 'shop-n', state: 'ready', instances: 1 };
  assert.deepEqual(await prove({ env: { BOOT_MS: '400' } }), ready);
});

test('one that ends says with what, and what it wrote', async () => {
  assert.deepEqual(
    await prove(
      node('console.log("reading config"); console.error("no DATABASE"); process.exit(7)'),
    ),
    failed(
      `${NOT_LISTENING} Container called exit(7). Its last output:\nreading config\nno DATABASE`,
    ),
  );
});

test('one that never listens fails when its time is over', async () => {
  assert.deepEqual(
    await prove({ ...node('setInterval(() => {}, 1000)'), startup: once }),
    failed(`${NOT_LISTENING} It wrote nothing.`),
  );
});

test('one whose probe answers with an error fails after the threshold', async () => {
  const startup = { path: '/?status=500', periodMs: 50, timeoutMs: 1000, failureThreshold: 3 };
  const reason = 'The user-provided container failed the configured startup probe checks';
  assert.deepEqual(
    await prove({ startup }),
    failed(`${reason} (GET /?status=500). It wrote nothing.`),
  );
});

test('one whose probe answers well is ready', async () => {
  const startup = { path: '/health', periodMs: 50, timeoutMs: 1000, failureThreshold: 3 };
  assert.equal((await prove({ startup })).state, 'ready');
});

test('a program or folder that is not there is named', async () => {
  const start = 'The user-provided container failed to start: ';
  const lost = 'executable or working directory not found.';
  assert.deepEqual(
    await prove({ command: ['no-such-program'] }),
    failed(`${start}"no-such-program": ${lost}`),
  );
  assert.deepEqual(
    await prove({ workingDir: '/no/such/folder' }),
    failed(`${start}"${process.execPath}" in '/no/such/folder': ${lost}`),
  );
});

test('the fault failStart ends it at once', async () => {
  const name = `shop-${count + 1}`;
  await rig.plane.setFault(KEY, name, { failStart: true });
  assert.deepEqual(
    await prove({}),
    failed(
      `${NOT_LISTENING} Container called exit(1). Its last output:\nlocal-cloud: the fault failStart is set`,
    ),
  );
});

test('a request to a revision that failed is answered 503', async () => {
  const bad = revision('shop-bad', node('process.exit(1)'));
  const { url } = await rig.serve({ revisions: [bad], traffic: [to('shop-bad', 100)] });
  assert.equal((await fetch(url)).status, 503);
});

test('waiting for a revision ends with the signal, and a revision that is not there is told', async () => {
  const slow = revision('shop-slow', { env: { BOOT_MS: '60000' } });
  const desired = { key: KEY, minInstances: 0, revisions: [slow], traffic: [] };
  await rig.plane.applyService(desired);
  const waited = rig.plane.awaitRevision(KEY, 'shop-slow', AbortSignal.timeout(50));
  await assert.rejects(waited, { name: 'TimeoutError' });
  await assert.rejects(rig.plane.awaitRevision(KEY, 'shop-9', AbortSignal.timeout(1000)), {
    code: 'revision_absent',
    message: `Service '${KEY}' has no revision 'shop-9'.`,
  });
});
