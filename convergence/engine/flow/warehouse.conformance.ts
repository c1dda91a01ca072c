import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Rule } from '../pipeline/spec/check-spec.ts';
import type { SchemaContract } from '../pipeline/spec/table-spec.ts';
import { tenantScope } from '../tenant/tenant-scope.ts';
import { planTable } from './normalize/plan-table.ts';
import type { Part } from './part.ts';
import type { SourceState } from './source.ts';
import type { Dataset, LoadReceipt, PublishRequest, Warehouse } from './warehouse.ts';

export interface WarehouseHarness {
  readonly warehouse: Warehouse;
  /** A part with that text, where the warehouse reads parts of the tenant. */
  readonly writePart: (tenantId: string, text: string, part?: Partial<Part>) => Promise<Part>;
  /** How often what only sometimes goes wrong is tried; less where each try takes long. */
  readonly tries: number;
  close(): Promise<void>;
}

/** What every warehouse must do with loads; each case has a tenant of its own. */
export function warehouseConformance(name: string, open: () => Promise<WarehouseHarness>): void {
  describe(`${name} as a warehouse`, () => {
    let harness: WarehouseHarness | undefined;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    Object.entries(CASES).forEach(([title, run], index) => {
      test(title, async () => {
        assert.ok(harness);
        const { warehouse, writePart, tries } = harness;
        const tenantId = `tenant_${index}`;
        await warehouse.withDataset(tenantScope(tenantId), (dataset) =>
          run({ dataset, tries, part: (text, part) => writePart(tenantId, text, part) }),
        );
      });
    });
  });
}

interface Bench {
  readonly dataset: Dataset;
  readonly tries: number;
  readonly part: (text: string, part?: Partial<Part>) => Promise<Part>;
}

interface Load {
  readonly id: string;
  readonly parts: readonly Part[];
  readonly disposition?: PublishRequest['disposition'];
  readonly primaryKey?: readonly string[];
  readonly rules?: readonly Rule[];
  readonly contract?: SchemaContract;
  readonly fence?: bigint;
  readonly state?: SourceState;
  readonly stateVersion?: number;
}

const EVOLVE: SchemaContract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' };
const LOADED_AT = new Date('2026-01-02T03:04:05Z');
const signal = new AbortController().signal;

async function stage(dataset: Dataset, load: Load) {
  const needs = { table: 'items', declared: null, contract: load.contract ?? EVOLVE };
  const current = await dataset.describeTable('items');
  const request = {
    staging: `_staging_${load.id}`,
    table: 'items',
    parts: load.parts,
    plan: (incoming: Parameters<typeof planTable>[0]['incoming']) =>
      planTable({ ...needs, current, incoming, processing: [] }),
    rules: load.rules ?? [],
    loadId: load.id,
    runId: 'run-1',
    loadedAt: LOADED_AT,
  };
  return { request, staged: await dataset.stage(request, signal) };
}

async function publish(dataset: Dataset, load: Load): Promise<LoadReceipt> {
  const { request, staged } = await stage(dataset, load);
  const { plan, ...report } = staged;
  const held = await dataset.readState('items');
  const receipt = await dataset.publish(
    {
      ...request,
      plan,
      report,
      disposition: load.disposition ?? 'append',
      primaryKey: load.primaryKey ?? [],
      fence: load.fence ?? 1n,
      declared: null,
      stateKey: 'items',
      state: load.state ?? {},
      stateVersion: load.stateVersion ?? held?.version ?? 0,
    },
    signal,
  );
  await dataset.dropStaging(request.staging);
  return receipt;
}

async function rowsOf(dataset: Dataset, sql: string): Promise<readonly (readonly unknown[])[]> {
  const limits = { maxRows: 1000, timeoutMs: 10_000 };
  return (await dataset.query(sql, limits, signal)).rows;
}

const NOT_NULL: Rule = { rule: 'not_be_null', column: 'name', severity: 'error' };

const CASES: Record<string, (bench: Bench) => Promise<void>> = {
  'makes the table of a first load': async ({ dataset, part }) => {
    assert.equal(await dataset.describeTable('items'), null);
    const receipt = await publish(dataset, {
      id: 'l1',
      parts: [await part('{"itemId":1,"tags":["a"],"at":{"x":1.5}}\n')],
      state: { cursor: 1 },
    });
    const counts = { rowsIn: 1, rowsLoaded: 1, rowsQuarantined: 0, measurements: [] };
    assert.deepEqual(receipt, { loadId: 'l1', table: 'items', ...counts });
    assert.deepEqual(await dataset.findLoad('l1'), receipt);
    assert.deepEqual(await dataset.readState('items'), { state: { cursor: 1 }, version: 1 });
    assert.deepEqual(await dataset.describeTable('items'), [
      { name: 'item_id', type: { kind: 'bigint' } },
      { name: 'tags', type: { kind: 'array', element: { kind: 'text' } } },
      {
        name: 'at',
        type: { kind: 'struct', fields: [{ name: 'x', type: { kind: 'double' } }] },
      },
    ]);
    assert.deepEqual(await rowsOf(dataset, 'SELECT _load_id, _loaded_at FROM items'), [
      ['l1', '2026-01-02T03:04:05Z'],
    ]);
  },
  'adds columns and widens types': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1,"s":{"x":1}}\n')] });
    await publish(dataset, {
      id: 'l2',
      parts: [await part('{"b":true,"a":1.5,"s":{"y":"q"}}\n')],
    });
    assert.deepEqual(await rowsOf(dataset, 'SELECT a, s.x, s.y, b FROM items ORDER BY a'), [
      [1, 1, null, null],
      [1.5, null, 'q', true],
    ]);
  },
  'appends a load once, however often it is published': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n')] });
    const load = { id: 'l2', parts: [await part('{"a":2}\n')] };
    const first = await publish(dataset, load);
    assert.deepEqual(await publish(dataset, load), first);
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items ORDER BY a'), [[1], [2]]);
    assert.equal((await dataset.readState('items'))?.version, 2);
  },
  'replaces a table': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n{"a":2}\n')] });
    const parts = [await part('{"a":3}\n')];
    await publish(dataset, { id: 'l2', parts, disposition: 'replace' });
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items'), [[3]]);
    await publish(dataset, { id: 'l3', parts: [], disposition: 'replace' });
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items'), []);
  },
  'merges by key, the last row of a batch wins': async ({ dataset, part }) => {
    const first = [await part('{"id":1,"v":"a"}\n{"id":2,"v":"b"}\n')];
    const merge = { disposition: 'merge', primaryKey: ['id'] } as const;
    await publish(dataset, { id: 'l1', parts: first, ...merge });
    const parts = [
      await part('{"id":2,"v":"c"}\n{"id":3,"v":"d"}\n{"id":3,"v":"e"}\n'),
      await part('{"id":2,"v":"f"}\n'),
    ];
    const receipt = await publish(dataset, { id: 'l2', parts, ...merge });
    assert.deepEqual([receipt.rowsIn, receipt.rowsLoaded], [4, 2]);
    assert.deepEqual(await rowsOf(dataset, 'SELECT id, v FROM items ORDER BY id'), [
      [1, 'a'],
      [2, 'f'],
      [3, 'e'],
    ]);
  },
  'refuses a merge without keys in its rows': async ({ dataset, part }) => {
    const parts = [await part('{"id":1}\n{"id":null}\n')];
    const load = { id: 'l1', parts, disposition: 'merge' } as const;
    const missing = { code: 'primary_key_missing' };
    await assert.rejects(publish(dataset, { ...load, primaryKey: ['id'] }), missing);
    await assert.rejects(publish(dataset, { ...load, primaryKey: ['nothing'] }), missing);
    await assert.rejects(publish(dataset, load), missing);
    assert.equal(await dataset.describeTable('items'), null);
  },
  'sets bad rows aside with rule, part and row': async ({ dataset, part }) => {
    const parts = [
      await part('{"id":1,"name":"a"}\n', { label: 'page 1' }),
      await part('{"id":2,"name":"b"}\n{"id":3,"name":null}\n', { label: 'page 2' }),
    ];
    const load = { id: 'l1', parts, rules: [NOT_NULL] };
    await stage(dataset, load);
    const receipt = await publish(dataset, load);
    assert.deepEqual(
      [receipt.rowsIn, receipt.rowsLoaded, receipt.rowsQuarantined],
      [3, 2, 1],
      'a staging table that a crash left is replaced',
    );
    const [measured] = receipt.measurements;
    assert.deepEqual([measured?.rowsTested, measured?.rowsFailed], [3, 1]);
    assert.deepEqual(await dataset.quarantineSummary('run-1'), [
      {
        table: 'items',
        rule: 'not_be_null:name',
        rows: 1,
        examples: [{ part: 'page 2', row: 2, record: '{"id":3,"name":null}' }],
      },
    ]);
  },
  'only counts what breaks a rule of severity warn': async ({ dataset, part }) => {
    const rules: Rule[] = [{ ...NOT_NULL, severity: 'warn' }];
    const parts = [await part('{"id":1,"name":null}\n{"id":2,"name":"x"}\n')];
    const receipt = await publish(dataset, { id: 'l1', parts, rules });
    assert.deepEqual([receipt.rowsLoaded, receipt.rowsQuarantined], [2, 0]);
    assert.equal(receipt.measurements[0]?.rowsFailed, 1);
  },
  'quarantines values that the contract refuses': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n')] });
    const contract: SchemaContract = {
      ...EVOLVE,
      columns: 'discard_row',
      data_type: 'discard_row',
    };
    const parts = [await part('{"a":2}\n{"a":"many"}\n{"a":3,"new":true}\n')];
    const receipt = await publish(dataset, { id: 'l2', parts, contract });
    assert.deepEqual([receipt.rowsLoaded, receipt.rowsQuarantined], [1, 2]);
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items ORDER BY a'), [[1], [2]]);
    const [group] = await dataset.quarantineSummary('run-1');
    assert.deepEqual([group?.rule, group?.rows], ['schema_contract', 2]);
    assert.deepEqual(
      group?.examples.map(({ row, record }) => [row, JSON.parse(record) as unknown]),
      [
        [2, { a: 'many' }],
        [3, { a: 3, new: 'true' }],
      ],
    );
  },
  'keeps the row and drops the value under discard_value': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n')] });
    const contract: SchemaContract = {
      ...EVOLVE,
      columns: 'discard_value',
      data_type: 'discard_value',
    };
    const parts = [await part('{"a":"many","new":true}\n')];
    await publish(dataset, { id: 'l2', parts, contract });
    assert.deepEqual(await dataset.describeTable('items'), [
      { name: 'a', type: { kind: 'bigint' } },
    ]);
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items WHERE a IS NULL'), [[null]]);
  },
  'refuses a worker that lost its lease': async ({ dataset, part }) => {
    await dataset.raiseFence('run-1', 7n);
    await assert.rejects(dataset.raiseFence('run-1', 5n), { code: 'lease_lost' });
    const load = { id: 'l1', parts: [await part('{"a":1}\n')] };
    await assert.rejects(publish(dataset, { ...load, fence: 6n }), { code: 'lease_lost' });
    assert.equal(await dataset.findLoad('l1'), null);
    await publish(dataset, { ...load, fence: 7n });
  },
  'lets steps of one run begin at the same moment': async ({ dataset, part, tries }) => {
    for (let run = 1; run <= tries; run++) {
      const raise = () => dataset.raiseFence(`run-${run}`, 1n);
      await Promise.all([raise(), raise(), raise()]);
    }
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n')], fence: 1n });
  },
  'refuses a load that read an older state': async ({ dataset, part }) => {
    await publish(dataset, { id: 'l1', parts: [await part('{"a":1}\n')], state: { cursor: 1 } });
    const late = { id: 'l2', parts: [await part('{"a":2}\n')], stateVersion: 0 };
    await assert.rejects(publish(dataset, late), { code: 'state_moved' });
    assert.deepEqual(await rowsOf(dataset, 'SELECT a FROM items'), [[1]]);
    assert.deepEqual((await dataset.readState('items'))?.state, { cursor: 1 });
  },
  'types columns by all rows': async ({ dataset, part }) => {
    // More rows than any sample has, and then one that is different.
    const same = Array.from({ length: 30_000 }, (_, id) => `{"id":${id},"late":null}`).join('\n');
    const parts = [await part(`${same}\n{"id":"x","late":"2026-01-01","more":{"y":[1]}}\n`)];
    await publish(dataset, { id: 'l1', parts });
    const kinds = (await dataset.describeTable('items'))?.map(({ name, type }) => [
      name,
      type.kind,
    ]);
    assert.deepEqual(kinds, [
      ['id', 'text'],
      ['late', 'date'],
      ['more', 'struct'],
    ]);
    assert.deepEqual(await rowsOf(dataset, 'SELECT count(*), max(id) FROM items'), [[30_001, 'x']]);
  },
  'ends with the reason of the signal, before and while it works': async ({ dataset, part }) => {
    const reason = new Error('enough');
    const parts = [await part('{"a":1}\n')];
    const { request } = await stage(dataset, { id: 'l1', parts });
    await assert.rejects(dataset.stage(request, AbortSignal.abort(reason)), reason);
    const abort = new AbortController();
    const plan: typeof request.plan = (incoming) => {
      abort.abort(reason);
      return request.plan(incoming);
    };
    await assert.rejects(dataset.stage({ ...request, plan }, abort.signal), reason);
    const numbers = Array.from({ length: 5000 }, (_, n) => `{"n":${n}}`).join('\n');
    await publish(dataset, { id: 'l2', parts: [await part(numbers)] });
    const endless = 'SELECT count(*) FROM items a, items b, items c WHERE a.n * b.n < c.n';
    const running = new AbortController();
    const limits = { maxRows: 1, timeoutMs: 60_000 };
    const query = dataset.query(endless, limits, running.signal);
    setImmediate(() => running.abort(reason));
    await assert.rejects(query, reason);
  },
};
