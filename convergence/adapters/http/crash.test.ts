import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RestBench } from './rest-bench.fake.ts';

let bench: RestBench;
before(async () => {
  bench = await RestBench.start();
});
after(() => bench.close());

const PAGES = 12;
/** Requests at whose arrival the process is killed: the page before is being written then. */
const KILLS = new Set([2, 5, 6, 11]);

test('a process killed again and again leaves each record once', async () => {
  const folder = await bench.folder();
  let child: ChildProcess | undefined;
  const killed = new Set<number>();
  bench.serve(({ url }) => {
    const page = Number(url.searchParams.get('page') ?? 1);
    if (KILLS.has(page) && !killed.has(page)) {
      killed.add(page);
      child?.kill('SIGKILL');
    }
    const next = page < PAGES ? `?page=${page + 1}` : null;
    return { data: Array.from({ length: 500 }, (_, i) => ({ id: page * 1000 + i })), next };
  });
  const exits: unknown[] = [];
  while (exits.at(-1) !== 0 && exits.length <= KILLS.size) {
    const script = fileURLToPath(import.meta.resolve('./extract-process.fake.ts'));
    child = spawn(process.execPath, [script, folder, bench.origin], { stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    exits.push(code ?? signal);
  }
  assert.deepEqual(exits, ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 0]);
  const lines = (await readFile(join(folder, 'part-000001.ndjson'), 'utf8')).trim().split('\n');
  const expected = Array.from({ length: PAGES }, (_, page) =>
    Array.from({ length: 500 }, (_, i) => `{"id":${(page + 1) * 1000 + i}}`),
  ).flat();
  assert.deepEqual(lines, expected);
  assert.deepEqual((await readdir(folder)).toSorted(), ['checkpoint.json', 'part-000001.ndjson']);
  // Far fewer than all pages for each life.
  assert.ok(bench.asked.length <= PAGES + 2 * KILLS.size, `${bench.asked.length} requests`);
});
