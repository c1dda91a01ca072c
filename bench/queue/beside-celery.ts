import { preparePeerPython } from '../peers/peer-python.ts';
import type { Section } from '../measure/section.ts';
import { measureCelery } from './celery.ts';
import { median } from './median.ts';
import { measureThroughput } from './throughput.ts';

const WORKERS = 2;

type Measure = (jobs: number) => Promise<number>;

/** Our runs and Celery's tasks, in turns, with two workers each. */
export async function compareWithCelery(jobs: number, rounds: number): Promise<Section> {
  const python = await preparePeerPython();
  const contenders: Record<string, Measure> = {
    'Celery, its defaults': (count) =>
      measureCelery(python, { jobs: count, workers: WORKERS, tuned: false }),
    'Celery, tuned': (count) =>
      measureCelery(python, { jobs: count, workers: WORKERS, tuned: true }),
    'bare queue': (count) =>
      measureThroughput({ contender: 'bare queue', workers: WORKERS, jobs: count }),
    runs: (count) => measureThroughput({ contender: 'runs', workers: WORKERS, jobs: count }),
  };
  const rates = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      rates.set(name, [...(rates.get(name) ?? []), await measure(jobs)]);
    }
  }
  const tuned = median(rates.get('Celery, tuned') ?? []);
  const rows = [...rates].map(([contender, measured]) => ({
    contender,
    'jobs/s': median(measured),
    'of Celery, tuned': median(measured) / tuned,
  }));
  return {
    title: 'Queue: no-op jobs beside Celery with Redis',
    setup:
      `${jobs.toLocaleString('en-US')} jobs that wait, done by two worker processes; the median of ` +
      `${rounds} rounds, the contenders in turns.`,
    rows,
    targets: rows
      .filter(({ contender }) => !contender.startsWith('Celery'))
      .map((row) => ({
        claim: `${row.contender}, of Celery tuned`,
        measured: row['of Celery, tuned'],
        bound: { atLeast: 1 },
      })),
    notes: [
      'A task of Celery is taken from Redis and acknowledged; its result is not kept, and Redis writes ' +
        'nothing to its disk. Tuned: the solo pool, 128 tasks fetched ahead, no gossip, mingle or ' +
        'heartbeat. A run of ours is as above, with its states and log in PostgreSQL.',
    ],
  };
}
