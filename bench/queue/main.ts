import { isQuick, recordSection } from '../record.ts';
import type { Contender } from './drain.ts';
import { measureEmbedded, measureServed } from './latency.ts';
import { measureThroughput } from './throughput.ts';

const CONTENDERS: readonly Contender[] = ['pg-boss', 'bare queue', 'runs'];
const jobs = isQuick ? 2_000 : 20_000;
const rounds = isQuick ? 1 : 3;
const triggers = isQuick ? 20 : 200;

// An interface would not be a Record.
type Row = {
  readonly contender: string;
  readonly workers: number;
  readonly 'jobs/s': number;
  readonly 'of pg-boss': number;
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** In turns, so that a slow minute of the machine falls on all of them. */
async function compare(workers: number): Promise<Row[]> {
  const rates = new Map<Contender, number[]>(CONTENDERS.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of CONTENDERS) {
      rates.get(contender)?.push(await measureThroughput({ contender, workers, jobs }));
    }
  }
  const boss = median(rates.get('pg-boss') ?? []);
  return [...rates].map(([contender, measured]) => {
    const rate = median(measured);
    return { contender, workers, 'jobs/s': rate, 'of pg-boss': rate / boss };
  });
}

const rows = [...(await compare(1)), ...(await compare(2))];
await recordSection({
  title: 'Queue: no-op jobs beside pg-boss',
  setup:
    `${jobs.toLocaleString('en-US')} waiting jobs of 10 tenants on one PostgreSQL, taken in batches ` +
    'of 50 by worker processes. The bare queue claims and ends a run; `runs` also starts and ends ' +
    'a step between, each state stored, with its event, before the next begins.',
  rows,
  targets: rows
    .filter(({ contender }) => contender !== 'pg-boss')
    .map((row) => ({
      claim: `${row.contender}, ${row.workers} workers, of pg-boss`,
      measured: row['of pg-boss'],
      bound: { atLeast: 0.5 },
    })),
});

const embeddedMs = median(await measureEmbedded(triggers));
const servedMs = median(await measureServed(triggers));
await recordSection({
  title: 'Queue: from trigger to first step',
  setup: `The median of ${triggers} triggers, one at a time, of a worker that waits for the bell.`,
  rows: [
    { database: 'PGlite', 'median ms': embeddedMs },
    { database: 'PostgreSQL', 'median ms': servedMs },
  ],
  targets: [
    { claim: 'embedded', measured: embeddedMs, bound: { atMost: 25 }, unit: ' ms' },
    { claim: 'PostgreSQL', measured: servedMs, bound: { atMost: 50 }, unit: ' ms' },
  ],
});
