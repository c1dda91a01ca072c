import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { openJourney, SCOPE } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { ShopServer } from './support/shop-server.ts';
import type { ShopRequest } from './support/shop-server.ts';
import { writeShopTenant, writeTenantFile } from './support/shop-tenant.ts';

const ENDLESS = 'SELECT count(*) AS n FROM range(100000000000) AS r(i) WHERE hash(i) = 1\n';
const CANCELLED_WITHIN_MS = 2000;

const PIPELINES: Record<string, string> = {
  endless: `- { name: build, type: transform, transforms: transforms/slow/endless.sql }`,
  impatient: `- { name: build, type: transform, transforms: transforms/slow/endless.sql, timeout: 300ms }`,
  stubborn: `- { name: load, type: ingest, source_config: sources/shop.yml, resources: [events],
      retries: { max_attempts: 3, backoff: 20ms } }`,
  careless: `- { name: load, type: ingest, source_config: sources/shop.yml, resources: [orders], on_failure: continue }
  - { name: counts, type: ingest, source_config: sources/counts.yml }`,
  parallel: `- { name: one, type: ingest, source_config: sources/shop.yml, resources: [orders] }
  - { name: two, type: ingest, source_config: sources/shop.yml, resources: [events], depends_on: [] }
  - { name: three, type: ingest, source_config: sources/counts.yml, depends_on: [] }`,
};

let shop: ShopServer;
let folder: string;
let journey: Journey;
/** Calls that have begun, and who waits for them. */
const begun = new Map<string, () => void>();
before(async () => {
  shop = await ShopServer.start();
  folder = await mkdtemp(join(tmpdir(), 'convergence-control-'));
  const configs = join(folder, 'configs');
  await writeShopTenant(configs, shop.url);
  await writeTenantFile(configs, 'transforms/slow/endless.sql', ENDLESS);
  for (const [name, steps] of Object.entries(PIPELINES)) {
    const text = `pipeline_id: ${name}\nsteps:\n  ${steps}\n`;
    await writeTenantFile(configs, `pipelines/${name}.yml`, text);
  }
  journey = await openJourney({
    folder,
    leaseMs: 1000,
    onCall: (call, perform) => {
      const result = perform();
      begun.get(call)?.();
      return result;
    },
  });
});
after(async () => {
  await journey.close();
  await shop.close();
  await rm(folder, { recursive: true });
});

let worker: ReturnType<Journey['startWorker']>;
beforeEach(() => {
  shop.reset(1);
  worker = journey.startWorker();
});
afterEach(() => worker.stop());

test('a cancel reaches a query that runs', async () => {
  const building = begins('dataset.buildModel');
  const { runId } = await journey.admit('endless');
  await building;
  const { run, tookMs } = await cancel(runId);
  assert.ok(tookMs < CANCELLED_WITHIN_MS, `${tookMs} ms`);
  assert.equal(run.status, 'CANCELLED');
  assert.deepEqual(outline(run), [['build', 'CANCELLED', 1, 'cancelled']]);
});

test('a cancel reaches a source that does not answer', async () => {
  const asked = asking('/orders', 2, () => new Promise(() => {}));
  const { runId } = await journey.admit();
  await asked;
  const { run, tookMs } = await cancel(runId);
  assert.ok(tookMs < CANCELLED_WITHIN_MS, `${tookMs} ms`);
  assert.deepEqual(
    [run.status, run.steps.map(({ status }) => status)],
    ['CANCELLED', ['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED']],
  );
});

test('a step that is over its timeout fails', async () => {
  const run = await journey.ended((await journey.admit('impatient')).runId);
  assert.equal(run.status, 'FAILED');
  assert.equal(run.failure?.message, "step 'build' ran longer than 300ms");
  assert.deepEqual(outline(run), [['build', 'FAILED', 1, 'step_timeout']]);
});

test('a step is tried again after its backoff, and goes on at the page that failed', async () => {
  let left = 4;
  void asking('/events', 2, async () => (left-- > 0 ? { status: 503 } : null));
  const run = await journey.ended((await journey.admit('stubborn')).runId);
  assert.deepEqual(outline(run), [['load', 'COMPLETE', 3, undefined]]);
  assert.equal(run.steps[0]?.rowsLoaded, 120);
  const first = shop.requests.filter((url) => !url.includes('page='));
  assert.deepEqual(first, ['/events?since=0']);
});

test('on_failure: continue lets the next step run, and the run complete', async () => {
  void asking('/orders', 1, async () => ({ status: 404 }));
  const run = await journey.ended((await journey.admit('careless')).runId);
  assert.equal(run.status, 'COMPLETE');
  assert.deepEqual(outline(run), [
    ['counts', 'COMPLETE', 1, undefined],
    ['load', 'FAILED', 1, 'source_refused'],
  ]);
});

test('steps that need not wait for each other run at once', async () => {
  const run = await journey.ended((await journey.admit('parallel')).runId);
  assert.deepEqual(outline(run), [
    ['one', 'COMPLETE', 1, undefined],
    ['three', 'COMPLETE', 1, undefined],
    ['two', 'COMPLETE', 1, undefined],
  ]);
});

test('a restart goes on from the step that failed, and fetches no page again', async () => {
  void asking('/stores/3/visits', 1, async () => ({ status: 404 }));
  const failed = await journey.ended((await journey.admit()).runId);
  assert.deepEqual(
    outline(failed).map(([name, status]) => `${name} ${status}`),
    ['build SKIPPED', 'load_counts SKIPPED', 'load_shop FAILED', 'verify SKIPPED'],
  );
  shop.reset(1);
  const { runId } = await journey.wiring.api.runs.restartRun(SCOPE, failed.runId, { by: 'a test' });
  const again = await journey.ended(runId);
  assert.equal(again.status, 'COMPLETE');
  assert.ok(shop.requests.includes('/stores/3/visits'));
  assert.ok(shop.requests.every((url) => url.endsWith('/visits')));
  assert.equal(again.steps.find(({ name }) => name === 'load_shop')?.status, 'COMPLETE');
});

test('a worker that stops hands its run back, and the next one goes on at the page', async () => {
  shop.reset(2);
  const asked = asking('/events', 2, () => new Promise(() => {}));
  const { runId } = await journey.admit();
  await asked;
  await worker.stop();
  const between = await journey.wiring.api.runs.getRun(SCOPE, runId);
  assert.deepEqual([between.status, between.attempt], ['PENDING', 1]);
  const before = shop.requests.length;
  shop.intercept = async () => null;
  worker = journey.startWorker();
  const run = await journey.ended(runId);
  assert.deepEqual([run.status, run.attempt], ['COMPLETE', 2]);
  assert.ok(!shop.requests.slice(before).some((url) => url.startsWith('/orders')));
});

function begins(call: string): Promise<void> {
  return new Promise((resolve) => begun.set(call, resolve));
}

/** Answers a page of the shop in another way; resolves when it is first asked for. */
function asking(
  path: string,
  page: number,
  answer: () => ReturnType<ShopServer['intercept']>,
): Promise<void> {
  return new Promise((resolve) => {
    shop.intercept = async (request: ShopRequest) => {
      if (request.path !== path || request.page !== page) return null;
      resolve();
      return answer();
    };
  });
}

async function cancel(runId: string) {
  const from = performance.now();
  await journey.wiring.api.runs.cancelRun(SCOPE, runId, 'a test');
  const run = await journey.ended(runId);
  return { run, tookMs: performance.now() - from };
}

function outline(run: Awaited<ReturnType<Journey['ended']>>) {
  return run.steps
    .map(({ name, status, attempt, failure }) => [name, status, attempt, failure?.code] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));
}
