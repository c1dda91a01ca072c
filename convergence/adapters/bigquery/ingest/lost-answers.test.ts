import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openLoadingRig } from './loading-rig.fake.ts';
import type { LoadingRig } from './loading-rig.fake.ts';

let rig: LoadingRig;
before(async () => {
  rig = await openLoadingRig({ bucket: false });
});
after(() => rig?.close());

const RULES = [{ rule: 'not_be_null', column: 'id', severity: 'error' }] as const;
const rowsFrom = (first: number) =>
  Array.from({ length: 3 }, (_, n) => `{"id":${first + n},"v":"x"}\n`).join('');

/** What every load leaves, whatever happened on the way. */
async function assertOnce(loads: readonly string[]): Promise<void> {
  const sql = 'SELECT _load_id AS id, COUNT(*) AS n FROM t GROUP BY id ORDER BY id';
  assert.deepEqual(
    await rig.rows(sql),
    loads.map((id) => ({ id, n: '3' })),
  );
  const receipts = await rig.rows(
    'SELECT load_id AS id, COUNT(*) AS n FROM _convergence_loads GROUP BY id ORDER BY id',
  );
  assert.deepEqual(
    receipts,
    loads.map((id) => ({ id, n: '1' })),
  );
  assert.deepEqual(await rig.rows('SELECT version, state FROM _convergence_state'), [
    { version: String(loads.length), state: JSON.stringify({ last: loads.at(-1) }) },
  ]);
  const bad = await rig.rows('SELECT load_id AS id, COUNT(*) AS n FROM _quarantine GROUP BY id');
  assert.deepEqual(
    bad.toSorted((a, b) => String(a.id).localeCompare(String(b.id))),
    loads.map((id) => ({ id, n: '1' })),
  );
  const left = await fetch(
    `${rig.cloud.rest}/bigquery/v2/projects/p-test/datasets/tenant_acme/tables`,
  );
  const { tables } = (await left.json()) as { tables: { tableReference: { tableId: string } }[] };
  assert.deepEqual(
    tables.map(({ tableReference }) => tableReference.tableId).filter((id) => /staging/.test(id)),
    [],
  );
}

test('rows are there once, although answers get lost, calls fail and jobs end badly', async () => {
  const loads: string[] = [];
  const load = async (id: string) => {
    await rig.load({ id, rows: `${rowsFrom(loads.length * 3)}{"id":null}\n`, rules: [...RULES] });
    loads.push(id);
  };
  // Calls of every kind are carried out, and their answers lost.
  for (const call of [/POST \/upload/, /POST .*\/jobs\b/, /POST .*\/tables/, /DELETE /, /GET /]) {
    rig.proxy.lose(call, 2);
  }
  await load('l1');
  assert.equal(rig.proxy.left(), 0, 'all of them were lost');
  for (const method of ['bigquery.jobs.insert', 'bigquery.tables.insert', 'bigquery.tables.get']) {
    await rig.cloud.addFault({ kind: 'status', code: 'UNAVAILABLE', method, times: 2 });
  }
  await rig.cloud.addFault({ kind: 'status', code: 'RESOURCE_EXHAUSTED', times: 4, percent: 50 });
  for (const service of ['load', 'query']) {
    const job = { kind: 'operation', service } as const;
    await rig.cloud.addFault({ ...job, effect: 'fail', code: 'UNAVAILABLE', times: 2 });
    await rig.cloud.addFault({ ...job, effect: 'slow', delayMs: 300, times: 2 });
  }
  await load('l2');
  await load('l3');
  await assertOnce(loads);
});

test('of workers that publish at the same moment each gets through, or is told to start over', async () => {
  const before = await rig.rows('SELECT COUNT(*) AS n FROM t');
  // Each is a process of its own as far as BigQuery can see.
  const ids = ['c1', 'c2', 'c3', 'c4'];
  const ended = await Promise.allSettled(ids.map((id) => rig.load({ id, rows: rowsFrom(1000) })));
  const through = ids.filter((_, index) => ended[index]?.status === 'fulfilled');
  const reasons = ended.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  );
  assert.ok(through.length > 0);
  assert.deepEqual(
    reasons.map((error) => (error as { code: string }).code),
    reasons.map(() => 'state_moved'),
  );
  const [after] = await rig.rows('SELECT COUNT(*) AS n FROM t');
  assert.equal(Number(after?.n), Number(before[0]?.n) + 3 * through.length);
  const [held] = await rig.rows('SELECT version FROM _convergence_state');
  assert.equal(held?.version, String(3 + through.length));
});
