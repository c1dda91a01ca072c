import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianUsage, runFresh } from '../measure/fresh-run.ts';
import type { Usage } from '../measure/fresh-run.ts';
import { preparePeerPython } from '../peers/peer-python.ts';
import { isQuick, recordSection } from '../measure/record.ts';
import { PAGE_ROWS } from './order-pages.ts';
import type { ServerOrder } from './page-server.ts';

type Contender = (baseUrl: string, pages: number) => Promise<Usage>;

const PAGES = isQuick ? 10 : 200;
const RUNS = isQuick ? 1 : 3;
const SLOW: ServerOrder = { pages: isQuick ? 10 : 100, delayMs: 50 };

const TUNED_NOTE =
  'Tuned is: Parquet as load files, no child tables (`max_table_nesting` 0), a normalize process for each core, larger buffers, no compression of its files. `rest_api` yields dictionaries and asks for the pages of one resource in turn, so neither Arrow nor `parallelized` helps it here. Its RSS is that of its largest process.';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const python = await preparePeerPython();

const ours: Contender = loader([process.execPath, here('ours.ts')]);
const contenders: Record<string, Contender> = {
  Convergence: ours,
  'dlt, its defaults': loader([python, here('../peers/dlt_rest.py')], { tuned: false }),
  'dlt, tuned': loader([python, here('../peers/dlt_rest.py')], { tuned: true }),
  'requests alone': (baseUrl, pages) =>
    runFresh([process.execPath, here('fetch-only.ts')], { baseUrl, pages }),
};

const fast = await measureInTurns();
const slow = await measureSlow();
await recordSection({
  title: 'REST source into a table',
  setup: setupText(),
  rows: Object.entries(fast).map(([name, usage]) => rowOf(name, usage)),
  targets: [
    {
      claim: 'Rate beside dlt with its defaults',
      measured: speedup('dlt, its defaults'),
      bound: { atLeast: 5 },
      unit: 'x',
    },
    {
      claim: `Time beside that of a server which takes ${SLOW.delayMs} ms for each of ${SLOW.pages} pages`,
      measured: slow.wallSeconds / ((SLOW.pages * SLOW.delayMs) / 1000),
      bound: { atMost: 1.2 },
      unit: 'x',
    },
  ],
  notes: [shareNote(), `Beside dlt tuned: ${speedup('dlt, tuned').toFixed(1)}x. ${TUNED_NOTE}`],
});

/** Each run of each contender in turn, so that a slow minute of the machine meets them all. */
async function measureInTurns(): Promise<Record<string, Usage>> {
  return withServer({ pages: PAGES, delayMs: 0 }, async (baseUrl) => {
    const runs: Record<string, Usage[]> = {};
    for (let nr = 0; nr < RUNS; nr++) {
      for (const [name, run] of Object.entries(contenders)) {
        const usage = await run(baseUrl, PAGES);
        process.stderr.write(
          `${name}: ${usage.wallSeconds.toFixed(1)} s, CPU ${usage.cpuSeconds.toFixed(1)} s\n`,
        );
        (runs[name] ??= []).push(usage);
      }
    }
    return Object.fromEntries(
      Object.entries(runs).map(([name, usages]) => [name, medianUsage(usages)]),
    );
  });
}

async function measureSlow(): Promise<Usage> {
  return withServer(SLOW, async (baseUrl) => {
    const runs: Usage[] = [];
    for (let nr = 0; nr < RUNS; nr++) runs.push(await ours(baseUrl, SLOW.pages));
    return medianUsage(runs);
  });
}

async function withServer<T>(
  order: ServerOrder,
  work: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = fork(here('page-server.ts'), [JSON.stringify(order)]);
  const [origin] = (await once(server, 'message')) as [string];
  try {
    return await work(`${origin}/api`);
  } finally {
    const ended = once(server, 'exit');
    server.disconnect();
    await ended;
  }
}

/** Loads into a folder that is removed; @throws when rows are missing from the table. */
function loader(command: readonly string[], settings: object = {}): Contender {
  return async (baseUrl, pages) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bench-rest-'));
    try {
      const usage = await runFresh(command, { ...settings, source: sourceAt(baseUrl), dataDir });
      if (usage.rows === pages * PAGE_ROWS) return usage;
      throw new Error(`${usage.rows} rows in the table, not ${pages * PAGE_ROWS}`);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  };
}

/** Both read the same words. */
function sourceAt(baseUrl: string): object {
  const paginator = { type: 'page_number', base_page: 1, total_path: 'paging.pages' };
  const endpoint = { path: 'orders', data_selector: 'data', paginator };
  return {
    client: { base_url: baseUrl },
    resources: [{ name: 'orders', endpoint }],
  };
}

function rowOf(name: string, usage: Usage): Record<string, string | number> {
  const { wallSeconds, cpuSeconds, peakRssBytes } = usage;
  return {
    '': name,
    'wall s': wallSeconds,
    'CPU s': cpuSeconds,
    'rows/s': (PAGES * PAGE_ROWS) / wallSeconds,
    'peak RSS MB': peakRssBytes / 1e6,
  };
}

function secondsOf(name: string): number {
  return fast[name]?.wallSeconds ?? NaN;
}

function speedup(peer: string): number {
  return secondsOf(peer) / secondsOf('Convergence');
}

function setupText(): string {
  const rows = (PAGES * PAGE_ROWS).toLocaleString('en-US');
  return `${rows} nested records in ${PAGES} pages of ${PAGE_ROWS}, from a server on the same machine whose answers are ready in memory, over HTTP into a table of a DuckDB file: \`ingestSource\` (extract, stage, publish) beside dlt's \`rest_api\`, with the same source document, in turns, each run in a fresh process; medians of ${RUNS}.`;
}

function shareNote(): string {
  const waiting = secondsOf('requests alone') / secondsOf('Convergence');
  const slowSeconds = slow.wallSeconds.toFixed(2);
  return `Requests alone, their answers dropped, take ${percent(waiting)} of our time from the fast server. The pages of the slow one, whose total is known, are asked for two at a time, and take ${slowSeconds} s to the published table.`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
