import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LivePlatform } from '../isolation/live-platform.ts';

/** What a platform needs for itself, and some room that a load can fill. */
const DISK_MB = 72;
const MOUNT = ['-m', 'sh', '-c', `mount -t tmpfs -o size=${DISK_MB}m tmpfs "$DISK" && exec "$@"`];
const canMount =
  spawnSync('unshare', [...MOUNT, 'sh', 'true'], { env: { ...process.env, DISK: tmpdir() } })
    .status === 0;

let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'convergence-disk-'));
});
after(() => rm(scratch, { recursive: true }));

async function open(env: Readonly<Record<string, string>> = {}, node?: string) {
  const platform = await LivePlatform.start(env, node);
  const key = await platform.onboard('acme_corp');
  const rows = async (sql: string) =>
    (JSON.parse((await platform.query(key, sql)).text) as { rows: unknown }).rows;
  const declare = async (id: string, source: object) => {
    await platform.writeConfig(`acme_corp/sources/${id}.yml`, JSON.stringify(source));
    const step = { name: 'load', type: 'ingest', source_config: `sources/${id}.yml` };
    const pipeline = JSON.stringify({ pipeline_id: id, steps: [step] });
    await platform.writeConfig(`acme_corp/pipelines/${id}.yml`, pipeline);
  };
  return { platform, key, rows, declare };
}

test(
  'a full disk ends a load with nothing lost; with room again it goes on',
  {
    skip: !canMount && 'a disk of its own needs the right to mount',
  },
  async (t) => {
    const wrapper = join(scratch, 'node');
    const script = MOUNT.map((word) => `'${word}'`).join(' ');
    await writeFile(wrapper, `#!/bin/sh\nexec unshare ${script} sh '${process.execPath}' "$@"\n`);
    await chmod(wrapper, 0o755);
    const DATA_DIR = join(scratch, 'data');
    const { platform, key, rows, declare } = await open({ DISK: scratch, DATA_DIR }, wrapper);
    t.after(() => platform.remove());
    for (const [name, count] of Object.entries({ small: 1, large: 400_000 })) {
      const lines = Array.from({ length: count }, (_, id) => noiseOf(id));
      await platform.writeConfig(`acme_corp/data/${name}.csv`, `id,noise\n${lines.join('\n')}\n`);
      const resource = { name, path: `data/${name}.csv`, incremental: 'all' };
      await declare(name, { type: 'file', resources: [resource] });
    }
    assert.equal((await platform.run(key, 'small')).status, 'COMPLETE');

    const failed = await platform.run(key, 'large');
    assert.deepEqual(failed.failure, {
      code: 'disk_full',
      kind: 'transient',
      message: 'no space is left on the disk of the warehouse',
      hint: 'Free space in DATA_DIR; the load goes on where it stopped.',
    });
    assert.deepEqual(await rows('SELECT id FROM small'), [[0]]);
    const ready = await platform.ask('GET /health/ready');
    assert.deepEqual(JSON.parse(ready.text), { status: 'not_ready', failing: ['disk'] });

    const { pid } = platform.process.child;
    const room = ['mount', '-o', 'remount,size=500m', scratch];
    execFileSync('nsenter', ['-m', '-t', String(pid), ...room]);
    assert.equal((await platform.restart(key, failed.pipeline_logging_id)).status, 'COMPLETE');
    assert.deepEqual(await rows('SELECT count(*), count(DISTINCT id) FROM large'), [
      [400_000, 400_000],
    ]);
    assert.equal((await platform.stop()).code, 0);
  },
);

test('parts and checkpoints that are damaged are fetched again, each row once', async (t) => {
  let breaks = true;
  const asked: string[] = [];
  const source = createServer(({ url = '' }, response) => {
    asked.push(url);
    const page = Number(/page=(\d+)/.exec(url)?.[1]);
    response.statusCode = page === 2 && breaks ? 500 : 200;
    response.end(JSON.stringify({ data: page < 3 ? [{ id: page }] : [] }));
  });
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  const { platform, key, rows, declare } = await open();
  t.after(async () => {
    source.close();
    await platform.remove();
  });
  const { port } = source.address() as AddressInfo;
  const paginator = { type: 'page_number', base_page: 0, total_path: null };
  await declare('pages', {
    type: 'rest_api',
    client: { base_url: `http://127.0.0.1:${port}`, retry: { max_attempts: 1 } },
    resources: [
      {
        name: 'pages',
        write_disposition: 'replace',
        endpoint: { path: 'p', data_selector: 'data', paginator },
      },
    ],
  });
  const damages: [name: RegExp, damage: (bytes: Buffer) => Uint8Array, firstPage: number][] = [
    [/^checkpoint/, (bytes) => bytes, 2],
    [/^checkpoint/, () => Buffer.from('{"garbage":'), 0],
    [/^checkpoint/, () => Buffer.alloc(0), 0],
    [/^checkpoint/, (bytes) => bytes.subarray(0, bytes.length / 2), 0],
    [/^checkpoint/, (bytes) => Buffer.alloc(bytes.length), 0],
    [/^part/, () => Buffer.from('{"garbage":'), 0],
    [/^part/, () => Buffer.alloc(0), 0],
  ];
  for (const [name, damage, firstPage] of damages) {
    breaks = true;
    const failed = await platform.run(key, 'pages');
    assert.equal(failed.failure?.code, 'source_busy');
    const parts = join(platform.folder, 'data/parts');
    const entries = await readdir(parts, { recursive: true, withFileTypes: true });
    const hit = entries.filter((entry) => entry.isFile() && name.test(entry.name));
    assert.ok(hit.length > 0);
    for (const { parentPath, name: file } of hit) {
      const path = join(parentPath, file);
      await writeFile(path, damage(await readFile(path)));
    }
    breaks = false;
    asked.length = 0;
    const restarted = await platform.restart(key, failed.pipeline_logging_id);
    assert.deepEqual([restarted.status, asked[0]], ['COMPLETE', `/p?page=${firstPage}`]);
    assert.deepEqual(await rows('SELECT id FROM pages ORDER BY id'), [[0], [1], [2]]);
  }
});

/** Digits that no compression makes small. */
function noiseOf(id: number): string {
  return `${id},${Math.sin(id)}${Math.cos(id)}${Math.sin(id * id)}`;
}
