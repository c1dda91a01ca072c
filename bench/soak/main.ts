import { runSoak } from '../../journeys/soak/run-soak.ts';
import { isQuick, recordSection } from '../measure/record.ts';

const tenants = isQuick ? 20 : 200;
const floodRuns = isQuick ? 200 : 10_000;
const KINDS_OF_COUNTER = 6;

const { quietMs, floodMs, stillOpen, leftovers } = await runSoak({ tenants, floodRuns });
const { lost, unasked, unfinished, disordered, miscounted } = leftovers;
for (const trace of Object.values(leftovers).flat()) {
  if (typeof trace === 'string') process.stderr.write(`${trace}\n`);
}

const waits = { quiet: waitsOf(quietMs), flood: waitsOf(floodMs) };
const counters = tenants * KINDS_OF_COUNTER;
await recordSection({
  title: 'Soak: a tenant floods, and everything is killed once',
  setup:
    `${tenants} tenants on an API and two workers of two places, each a process, over a PostgreSQL ` +
    `with its own durability. All but one trigger a run at once, when it is quiet and behind ` +
    `${(floodRuns / 2).toLocaleString('en-US')} runs of the one. Then it sends as many again, and ` +
    'in the middle of it a worker, the API and the database die by kill -9, one after the other.',
  rows: Object.entries(waits).map(([when, wait]) => ({
    'first steps of the others': when,
    'median ms': wait.medianMs,
    '95 of 100 within ms': wait.p95Ms,
    'longest ms': wait.longestMs,
  })),
  targets: [
    {
      claim: 'median wait for the first step, of the quiet one',
      measured: waits.flood.medianMs / waits.quiet.medianMs,
      bound: { atMost: 2 },
    },
    {
      claim: 'wait within which 95 of 100 started, of the quiet one',
      measured: waits.flood.p95Ms / waits.quiet.p95Ms,
      bound: { atMost: 2 },
    },
    {
      claim: 'runs of the flood still open when the others had ended',
      measured: stillOpen,
      bound: { atLeast: 1 },
    },
    {
      claim: 'exact counters of runs, rows and bytes, of all',
      measured: (counters - miscounted.length) / counters,
      bound: { atLeast: 1 },
    },
    {
      claim: `runs lost, doubled or not COMPLETE, of ${leftovers.runs.toLocaleString('en-US')}`,
      measured: lost.length + unasked.length + unfinished.length,
      bound: { atMost: 0 },
    },
    { claim: 'logs out of order', measured: disordered.length, bound: { atMost: 0 } },
  ],
  notes: [
    'Each run loads the same small file into a table of its tenant, so a pipeline runs once at a ' +
      'time; the others of its tenant wait in the queue. Each trigger has an Idempotency-Key and is ' +
      'sent again until it is answered. Leases are ended after the kills, so that nobody waits 30 s ' +
      'for them and living workers lose runs too.',
  ],
});

function waitsOf(allMs: readonly number[]) {
  const sorted = allMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { medianMs: at(0.5), p95Ms: at(0.95), longestMs: at(1) };
}
