import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isQuick, recordSection } from '../measure/record.ts';
import type { Target } from '../measure/section.ts';
import { tickCostMs } from './tick-cost.ts';
import type { Job, JobResult } from './run-row.ts';
import { ROWS } from './scenarios.ts';
import type { Row } from './scenarios.ts';
import { WATCHERS } from './watchers.ts';

/** So that a rate of 1 % is known to a third of it. */
const RUNS = isQuick ? 20 : 1_000;
const PEER_RUNS = isQuick ? 10 : 200;
const WORKERS = 2;
const PEER_ROWS = [
  '1 nothing wrong, 0.5 % errors, 20/s',
  '1 nothing wrong, 2 % errors, 20/s',
  '2 both arms flap by 10 points',
  '5 20 % errors, 20/s',
  '6 errors x5 of 0.5 %, 20/s',
  '8 latency x1.3, 20/s',
];

const ours = await runJobs(Object.keys(ROWS).map((row) => ({ row, judge: 'ours', runs: RUNS })));
const peers = await runJobs(
  PEER_ROWS.flatMap((row) =>
    Object.keys(WATCHERS).map((judge) => ({ row, judge, runs: PEER_RUNS })),
  ),
);

await recordSection({
  title: 'Judge: operating characteristics',
  setup:
    'Simulated canaries of 15 minutes with 10 % of the traffic, ticks of 5 s, Poisson arrivals, lognormal latencies (sigma 0.6), alpha 0.01, seeded: each row with the judge as it ships. Seconds are from the first request of the canary to the rollback.',
  rows: ours.map(({ row, summary }) => ({
    scenario: row,
    canaries: summary.runs,
    'rolled back, %': summary.rolledBack * 100,
    'median s': summary.medianSeconds ?? '',
    'median failed requests': summary.medianFailedRequests ?? '',
    'early end, %': summary.couldEndEarly * 100,
  })),
  targets: [
    ...ours.flatMap((result) => targetsOf(result)),
    {
      claim: '12 one tick at 200/s, all components',
      measured: tickCostMs(),
      bound: { atMost: 0.3 },
      unit: ' ms',
    },
  ],
  notes: [
    'Rows 8 and 9 run 16 minutes, and their targets count from the end of the warm-up: latency does not count in the first 60 s of a canary, so that a person waits 60 s longer, as the table shows.',
    'Row 6 at 2 requests/s is no target: 180 requests of the canary, of which 4.5 fail where 0.9 would, are too few for anybody. `rollout plan` says so before anything starts.',
    'Bursts by phi need some to learn from: where one comes in 100 s only, the first that meets the canary can pass for a fault. Keys of clients need nothing to learn.',
    'Early end is the share of canaries that a step could have let go before its time, after 5 minutes at least and before a rollback.',
  ],
});

await recordSection({
  title: 'Judge beside the rules of other systems',
  setup:
    'The same simulated canaries. Fixed rule: more than 1 % errors of all requests so far, from 100 requests on, each minute. Three bad windows: the third minute with more than 1 % errors (Argo Rollouts, `failureLimit: 2`). Kayenta: its Mann-Whitney classifier at 98 % on 15 points of a minute, of error rate and p95, each with its defaults.',
  rows: PEER_ROWS.map((row) => ({
    scenario: row,
    'this judge': peerCell(ours.find((result) => result.row === row)),
    ...Object.fromEntries(
      Object.keys(WATCHERS).map((judge) => [
        judge,
        peerCell(peers.find((result) => result.row === row && result.judge === judge)),
      ]),
    ),
  })),
  targets: [
    {
      claim: 'A dependency that flaps for both arms: rolled back by this judge',
      measured: rolledBackByUs('2 both arms flap by 10 points') * 100,
      bound: { atMost: 1 },
      unit: ' %',
    },
  ],
});

function rolledBackByUs(row: string): number {
  return ours.find((result) => result.row === row)?.summary.rolledBack ?? NaN;
}

async function runJobs(jobs: readonly Job[]): Promise<JobResult[]> {
  const results = new Map<string, JobResult>();
  const shares = Array.from({ length: WORKERS }, (_, worker) =>
    jobs.filter((_job, at) => at % WORKERS === worker),
  );
  await Promise.all(
    shares.map(async (share) => {
      const worker = new Worker(new URL('run-row.ts', import.meta.url), { workerData: share });
      worker.on('message', (result: JobResult) => {
        results.set(`${result.row} ${result.judge}`, result);
        process.stdout.write(`  ${result.judge}: ${result.row}\n`);
      });
      await once(worker, 'exit');
    }),
  );
  return jobs.map(({ row, judge }) => {
    const result = results.get(`${row} ${judge}`);
    if (!result) throw new Error(`the worker ended without '${row}'`);
    return result;
  });
}

function targetsOf({ row, summary }: JobResult): Target[] {
  const { rolledBack, seconds, failedRequests, endsEarly, warmSeconds = 0 } = ROWS[row] as Row;
  const targets: Target[] = [];
  const claim = (
    what: string,
    bound: Target['bound'] | null,
    found: Pick<Target, 'measured' | 'unit'>,
  ) => {
    if (bound) targets.push({ claim: `${row}: ${what}`, bound, ...found });
  };
  const medianSeconds = (summary.medianSeconds ?? Infinity) - warmSeconds;
  const medianName = warmSeconds === 0 ? 'median' : 'median after the warm-up';
  const share = { measured: summary.rolledBack * 100, unit: ' %' };
  claim('rolled back', rolledBack && inPercent(rolledBack), share);
  claim(medianName, atMost(seconds), { measured: medianSeconds, unit: ' s' });
  const failed = { measured: summary.medianFailedRequests ?? Infinity };
  claim('failed requests', atMost(failedRequests), failed);
  const early = { measured: summary.couldEndEarly * 100, unit: ' %' };
  claim('ended early', atMost(endsEarly && endsEarly * 100), early);
  return targets;
}

function atMost(bound: number | undefined): Target['bound'] | null {
  return bound === undefined ? null : { atMost: bound };
}

function inPercent(bound: Target['bound']): Target['bound'] {
  return 'atMost' in bound ? { atMost: bound.atMost * 100 } : { atLeast: bound.atLeast * 100 };
}

/** `100 %, 15 s` */
function peerCell(result: JobResult | undefined): string {
  if (!result) return '';
  const { rolledBack, medianSeconds } = result.summary;
  const share = `${Number((rolledBack * 100).toFixed(1))} %`;
  return medianSeconds === null ? share : `${share}, ${medianSeconds} s`;
}
