import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SaveParts } from '../../engine/flow/extract/parts/part-store.ts';
import { LoadFolder } from './load-folder.ts';
import type { Checkpoint } from './load-folder.ts';

const fresh: Checkpoint = {
  fingerprint: 'f',
  done: false,
  begun: 0,
  active: {},
  pages: 0,
  rows: 0,
  bytes: 0,
  cursor: { max: null, atMax: [] },
  parts: [],
};

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'load-folder-'));
});
after(() => rm(root, { recursive: true }));

/** A folder with two pages committed. */
async function begunFolder(): Promise<string> {
  const folder = await mkdtemp(join(root, 'load-'));
  const load = await LoadFolder.open({ folder }, fresh);
  for (const line of ['{"id":1}\n', '{"id":2}\n']) {
    await writeFile(load.path('lines'), line);
    await load.commit(load.path('lines'), (now) => ({ ...now, pages: now.pages + 1 }));
  }
  return folder;
}

const partOf = (folder: string) => readFile(join(folder, 'part-000001.ndjson'), 'utf8');

test('what was written behind the checkpoint is cut off, and strays are removed', async () => {
  const folder = await begunFolder();
  await appendFile(join(folder, 'part-000001.ndjson'), '{"id":3');
  await writeFile(join(folder, 'part-000002.ndjson'), '{"id":4}\n');
  await writeFile(join(folder, 'body-0-2'), '[{"id"');
  await writeFile(join(folder, 'checkpoint.next'), '{');
  const load = await LoadFolder.open({ folder }, fresh);
  assert.equal(load.checkpoint.pages, 2);
  assert.equal(await partOf(folder), '{"id":1}\n{"id":2}\n');
  assert.deepEqual((await readdir(folder)).toSorted(), ['checkpoint.json', 'part-000001.ndjson']);
  assert.deepEqual(load.parts(), [
    {
      path: join(folder, 'part-000001.ndjson'),
      label: 'pages 1 to 2',
      format: 'ndjson',
      compression: 'none',
      sizeBytes: 18,
    },
  ]);
});

test('a torn checkpoint, a part that lost its end, or other work begins anew', async () => {
  const tear = [
    (folder: string) => truncate(join(folder, 'checkpoint.json'), 20),
    (folder: string) => truncate(join(folder, 'part-000001.ndjson'), 5),
    (folder: string) => rm(join(folder, 'part-000001.ndjson')),
  ];
  for (const damage of tear) {
    const folder = await begunFolder();
    await damage(folder);
    assert.deepEqual((await LoadFolder.open({ folder }, fresh)).checkpoint, fresh);
  }
  const folder = await begunFolder();
  await LoadFolder.open({ folder }, { ...fresh, fingerprint: 'other' });
  assert.deepEqual(await readdir(folder), ['checkpoint.json']);
});

test('each checkpoint is given to save, and a folder that begins anew forgets what was saved', async () => {
  const folder = await mkdtemp(join(root, 'load-'));
  const told: unknown[] = [];
  const save: SaveParts = async ({ checkpoint, parts }) => {
    assert.equal(await readFile(join(folder, checkpoint.name), 'utf8'), checkpoint.content);
    told.push(parts.map(({ name, sizeBytes }) => [name, sizeBytes]));
  };
  const load = await LoadFolder.open({ folder, save }, fresh);
  for (const line of ['{"id":1}\n', '{"id":2}\n']) {
    await load.commit(Buffer.from(line), (now) => ({ ...now, pages: now.pages + 1 }));
  }
  assert.deepEqual(told, [[['part-000001.ndjson', 9]], [['part-000001.ndjson', 18]]]);
  const later: unknown[] = [];
  const forget: SaveParts = async ({ parts }) => void later.push(parts);
  await LoadFolder.open({ folder, save: forget }, { ...fresh, fingerprint: 'other' });
  assert.deepEqual(later, [[]]);
});

test('a large page begins a part of its own', async () => {
  const folder = await begunFolder();
  const load = await LoadFolder.open({ folder }, fresh);
  await writeFile(load.path('lines'), Buffer.alloc(32_000_000, 'x'));
  await load.commit(load.path('lines'), (now) => ({ ...now, pages: now.pages + 1 }));
  assert.deepEqual(
    load.parts().map(({ label, sizeBytes }) => [label, sizeBytes]),
    [
      ['pages 1 to 2', 18],
      ['page 3', 32_000_000],
    ],
  );
});
