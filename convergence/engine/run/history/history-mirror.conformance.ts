import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HistoryBatch, HistoryMirror } from './mirror-history.ts';

interface Harness {
  readonly mirror: HistoryMirror;
  /** Rows as values: numbers of 64 bits as bigint or text, whatever the warehouse gives. */
  query(sql: string): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

/** What the dataset `metadata` of each warehouse must do. */
export function historyMirrorConformance(name: string, open: () => Promise<Harness>): void {
  describe(`the history in ${name}`, () => {
    let harness: Harness;
    before(async () => {
      harness = await open();
    });
    after(() => harness.close());
    const query = async (sql: string) =>
      (await harness.query(sql)).map((row) =>
        row.map((value) => (value === null ? null : String(value as string | number))),
      );

    test('a batch that comes again changes nothing, and one with news replaces the old', async () => {
      const { mirror } = harness;
      await mirror.write(batchOf({ run: 'r1', tenant: 'acme', rows: 1 }));
      await mirror.write(batchOf({ run: 'r2', tenant: 'globex', rows: 2 }));
      await mirror.write(batchOf({ run: 'r2', tenant: 'globex', rows: 3 }));
      const totals = await query(
        `SELECT r.tenant_id, r.status, s.rows_loaded, d.rule_id
         FROM metadata.pipeline_runs r
         JOIN metadata.step_logs s USING (pipeline_logging_id)
         JOIN metadata.dq_results d USING (pipeline_logging_id)
         ORDER BY r.tenant_id`,
      );
      assert.deepEqual(totals, [
        ['acme', 'COMPLETE', '1', "it's:unique"],
        ['globex', 'COMPLETE', '3', "it's:unique"],
      ]);
    });

    test('what has no rows of a kind loses those that it had', async () => {
      const { mirror } = harness;
      const whole = batchOf({ run: 'r3', tenant: 'initech', rows: 1 });
      await mirror.write(whole);
      await mirror.write({ ...whole, rows: { ...whole.rows, dq_results: '' } });
      const count = `SELECT count(*) FROM metadata.dq_results WHERE tenant_id = 'initech'`;
      assert.deepEqual(await query(count), [['0']]);
    });

    test('a day of it can be asked for, with times, durations and parameters', async () => {
      const day = `SELECT sum(duration_ms), count(DISTINCT tenant_id) FROM metadata.pipeline_runs
        WHERE ingestion_date = DATE '2026-03-01' AND finished_at > started_at AND parameters IS NOT NULL`;
      assert.deepEqual(await query(day), [['4500', '3']]);
    });

    test('a tenant that left is forgotten, and no other', async () => {
      await harness.mirror.forgetTenant('globex');
      await harness.mirror.forgetTenant('globex');
      const left = 'SELECT DISTINCT tenant_id FROM metadata.step_logs ORDER BY tenant_id';
      assert.deepEqual(await query(left), [['acme'], ['initech']]);
    });
  });
}

function batchOf({
  run,
  tenant,
  rows,
}: {
  run: string;
  tenant: string;
  rows: number;
}): HistoryBatch {
  const of = {
    ingestion_date: '2026-03-01',
    tenant_id: tenant,
    pipeline_id: 'daily',
    pipeline_logging_id: run,
  };
  const ended = {
    status: 'COMPLETE',
    started_at: '2026-03-01T10:00:00.5+00:00',
    finished_at: '2026-03-01T10:00:02+00:00',
  };
  const lines = {
    pipeline_runs: { ...of, ...ended, parameters: { day: '2026-03-01' }, duration_ms: 1500 },
    step_logs: { ...of, ...ended, step_name: 'load', rows_loaded: rows, error_message: null },
    dq_results: { ...of, rule_id: "it's:unique", passed: true, observed: rows },
  };
  return {
    runIds: [run],
    rows: {
      pipeline_runs: JSON.stringify(lines.pipeline_runs),
      step_logs: JSON.stringify(lines.step_logs),
      dq_results: JSON.stringify(lines.dq_results),
    },
  };
}
