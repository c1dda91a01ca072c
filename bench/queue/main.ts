import { isQuick, recordSection } from '../measure/record.ts';
import { compareWithCelery } from './beside-celery.ts';
import { STEPS_PER_RUN } from './drain.ts';
import type { Contender } from './drain.ts';
import { measureEmbedded, measureServed } from './latency.ts';
import { median } from './median.ts';
import { measureThroughput } from './throughput.ts';

const CONTENDERS: readonly Contender[] = ['pg-boss', 'bare queue', 'runs', 'steps'];
const jobs = isQuick ? 2_000 : 20_000;
const rounds = isQuick ? 1 : 3;
const triggers = isQuick ? 20 : 200;

// An interface would not be a Record.
type Row = {
  readonly contender: string;
  readonly workers: string;
  readonly 'jobs/s': number;
  readonly 'of pg-boss': number;
};

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
    return { contender, workers: String(workers), 'jobs/s': rate, 'of pg-boss': rate / boss };
  });
}

const rows = [...(await compare(1)), ...(await compare(2))];
await recordSection({
  title: 'Queue: no-op jobs beside pg-boss',
  setup:
    `${jobs.toLocaleString('en-US')} jobs that wait on one PostgreSQL, ours of 10 tenants, done by ` +
    `worker processes in batches of 50; the median of ${rounds} rounds, the contenders in turns.`,
  rows,
  targets: rows
    .filter(({ contender }) => contender !== 'pg-boss')
    .map((row) => ({
      claim: `${row.contender} with ${row.workers} ${row.workers === '1' ? 'worker' : 'workers'}, of pg-boss`,
      measured: row['of pg-boss'],
      bound: { atLeast: 0.5 },
    })),
  notes: [
    'What a job is: for pg-boss one that is fetched and completed; for the bare queue a run that is ' +
      'claimed and finished, with two events in its log; for runs the same with one step, whose ' +
      'start and end are stored, each before what follows begins; for steps one of the ' +
      `${STEPS_PER_RUN} steps of a run, done in turn. Sending and admitting are not timed. The bare ` +
      'queue is what pg-boss would replace; it has no steps, so ours are held against its jobs.',
    'pg-boss completes a batch in one statement. We give each run its own promise, and the writes ' +
      'that are asked for while one is under way share the next. The server does not wait for its ' +
      'disk, for either.',
  ],
});

await recordSection(await compareWithCelery(jobs, rounds));

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
