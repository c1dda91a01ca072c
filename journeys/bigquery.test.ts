import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { startReplayServer } from '../convergence/demo/replay-server.ts';
import { vegaDataset } from '../convergence/demo/vega-dataset.ts';
import { startLocalCloud } from '../convergence/testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../convergence/testing/local-cloud-process.ts';
import { openJourney, SCOPE } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { TENANT } from './support/shop-tenant.ts';

/** What a reference implementation joins in a moment; the whole demo has 3 million. */
const FLIGHTS = 4000;
const signal = new AbortController().signal;

let folder: string;
let cloud: LocalCloudProcess;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convergence-bigquery-'));
  cloud = await startLocalCloud();
});
after(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

test('the demo gives the same tables on BigQuery as on DuckDB', async () => {
  const onDuckdb = await runDemo('duckdb', {});
  const onBigQuery = await runDemo('bigquery', {
    WAREHOUSE: 'bigquery',
    GCP_PROJECT_ID: 'demo-project',
    GCP_REST_ENDPOINT: cloud.rest,
    GCP_GRPC_ENDPOINT: cloud.grpc,
  });
  assert.deepEqual(Object.keys(onBigQuery.tables), Object.keys(onDuckdb.tables));
  for (const [name, rows] of Object.entries(onDuckdb.tables)) {
    assert.ok(rows.length > 0, name);
    assert.deepEqual({ [name]: onBigQuery.tables[name] }, { [name]: rows });
  }
  assert.deepEqual(onBigQuery.results, onDuckdb.results);
  assert.deepEqual(onBigQuery.steps, onDuckdb.steps);
});

/** Twice: the second time the feeds have 80 new records. */
async function runDemo(name: string, settings: Record<string, string>) {
  const feeds = await startReplayServer();
  const place = join(folder, name);
  await layOut(join(place, 'configs', TENANT), feeds.url);
  const journey = await openJourney({ folder: place, settings });
  try {
    const first = await runOnce(journey);
    feeds.releaseNewRecords();
    const second = await runOnce(journey);
    const results = await journey.wiring.api.runs.listRuleResults(SCOPE, second.runId);
    // Two steps begin at once, so their order is one of chance.
    const steps = [first, second].map((run) =>
      run.steps
        .map((step) => [step.name, step.status, step.rowsIn, step.rowsLoaded, step.rowsQuarantined])
        .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    return { steps, results, tables: await readTables(journey) };
  } finally {
    await journey.close();
    await feeds.close();
  }
}

async function layOut(configs: string, feedsUrl: string): Promise<void> {
  await cp(join(import.meta.dirname, '../configs/acme_corp'), configs, {
    recursive: true,
    filter: (path) => !path.endsWith('data'),
  });
  const data = join(configs, 'data');
  await mkdir(data);
  for (const file of ['airports.csv', 'weather.csv']) await cp(vegaDataset(file), join(data, file));
  await cutFlights(join(data, 'flights-some.parquet'));
  const replace = async (file: string, from: string, to: string) => {
    const text = await readFile(join(configs, file), 'utf8');
    assert.ok(text.includes(from), file);
    await writeFile(join(configs, file), text.replace(from, to));
  };
  await replace('pipelines/flight_delays.yml', 'http://127.0.0.1:4680', feedsUrl);
  await replace('checks/published_flights.yml', 'min_value: 1000000', `min_value: ${FLIGHTS / 2}`);
  await replace('transforms/worst_airports.sql', '>= 1000', '>= 10');
}

/** Of a few airports on a few days, so that there is something to sum up. */
async function cutFlights(target: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (
    SELECT * FROM '${vegaDataset('flights-3m.parquet')}' ORDER BY ALL LIMIT ${FLIGHTS}
  ) TO '${target}' (FORMAT parquet)`);
  connection.disconnectSync();
  instance.closeSync();
}

async function runOnce(journey: Journey) {
  const { runId } = await journey.admit('flight_delays');
  await journey.finishRuns();
  const run = await journey.wiring.api.runs.getRun(SCOPE, runId);
  assert.deepEqual([run.status, run.failure ?? null], ['COMPLETE', null]);
  return run;
}

/** Every row of every table but what is of the moment, as text, sorted. */
async function readTables(journey: Journey): Promise<Record<string, string[]>> {
  return journey.wiring.run.warehouse.withDataset(SCOPE, async (dataset) => {
    const tables: Record<string, string[]> = {};
    for (const { name } of await dataset.listTables()) {
      const limits = { maxRows: 100_000, timeoutMs: 60_000 };
      const { columns, rows, truncated } = await dataset.query(
        `SELECT * FROM ${dataset.dialect.quoteName(name)}`,
        limits,
        signal,
      );
      assert.equal(truncated, false);
      const kept = columns.map((column) => !OF_THE_MOMENT.test(column.name));
      tables[name] = rows
        .map((row) => JSON.stringify(row.filter((_, index) => kept[index]).map(opened)))
        .toSorted();
    }
    return tables;
  });
}

/** The record of a quarantined row is JSON in DuckDB, and text with JSON in BigQuery. */
function opened(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('{') ? JSON.parse(value) : value;
}

const OF_THE_MOMENT = /^(?:_loaded_at|_load_id|load_id|run_id|quarantined_at)$/;
