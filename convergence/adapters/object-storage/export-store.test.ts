import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import { LocalExportStore } from '../files/export-store.ts';
import { ObjectExportStore } from './export-store.ts';
import { GcsStore } from './gcs/gcs-store.ts';

const cloud = await startLocalCloud();
after(() => cloud.close());
const options = { projectId: 'p', apiEndpoint: cloud.rest, authClient: new PassThroughClient() };
const bucket = new Storage(options).bucket('leavers');
await bucket.create();
const base = await mkdtemp(join(tmpdir(), 'exports-'));
after(() => rm(base, { recursive: true }));

/** As a process of its own has it, with nothing on its disk. */
let machines = 0;
function openExports(): { exports: ObjectExportStore; disk: string } {
  const disk = join(base, String((machines += 1)));
  const exports = new ObjectExportStore({
    store: new GcsStore(async () => options),
    location: 'gs://leavers/tenants',
    local: new LocalExportStore(disk),
    workFolder: join(disk, 'sending'),
  });
  return { exports, disk };
}

const scope = tenantScope('acme_corp');
const held = { warehouseBytes: 1, partsBytes: 2 };
const manifest = { tenantId: 'acme_corp', tables: [], records: [], held };
const table = { name: 'orders', file: 'tables/orders.parquet', rows: 1, sizeBytes: 4 };
const view = { name: 'lost', file: null, rows: 0, sizeBytes: 0, problem: 'broken' };

async function* pages() {
  yield [{ id: 1 }, { id: 2 }];
}

test('an export is in the bucket when it says so, and not on the disk any more', async () => {
  const { exports, disk } = openExports();
  assert.equal(await exports.readReport('acme'), null);
  const made = await exports.openExport(scope, 'acme');
  assert.equal(await made.readManifest(), null);
  await writeFile(join(made.tablesFolder, 'orders.parquet'), 'PAR1');
  const records = await made.writeRecords('runs', pages());
  assert.deepEqual(records, { name: 'runs', file: 'records/runs.json', rows: 2, sizeBytes: 23 });
  await writeFile(join(made.tablesFolder, 'orders.parquet.123'), 'what a crash left');
  const whole = { ...manifest, tables: [table, view], records: [records] };
  assert.deepEqual(await made.writeManifest(whole), whole);
  const report = { ...whole, folder: 'acme', removedRows: { runs: 2 } };
  await made.writeReport(report);
  const [files] = await bucket.getFiles({ prefix: 'tenants/acme/' });
  assert.deepEqual(
    files.map(({ name }) => name.slice('tenants/acme/'.length)),
    ['export.json', 'records/runs.json', 'report.json', 'tables/orders.parquet', 'tenant.json'],
  );
  assert.equal(existsSync(join(disk, 'exports/acme')), false);
  assert.deepEqual(await readdir(join(disk, 'sending')), []);
  assert.deepEqual(await openExports().exports.readReport('acme'), report);
});

test('another machine goes on, and the first manifest stays', async () => {
  await (await openExports().exports.openExport(scope, 'again')).writeManifest(manifest);
  const made = await openExports().exports.openExport(scope, 'again');
  assert.deepEqual(await made.readManifest(), manifest);
  const later = { ...manifest, held: { warehouseBytes: 0, partsBytes: 0 } };
  assert.deepEqual(await made.writeManifest(later), manifest);
});

test('a folder that holds something else is left alone', async () => {
  await bucket.file('tenants/taken/photo.jpg').save('x', { resumable: false });
  const { exports } = openExports();
  await assert.rejects(exports.openExport(scope, 'taken'), { code: 'export_exists' });
  await exports.openExport(tenantScope('other_co'), 'theirs');
  await assert.rejects(exports.openExport(scope, 'theirs'), { code: 'export_exists' });
});
