import { PgBoss } from 'pg-boss';
import { PostgresRunQueue } from '../../convergence/adapters/postgres/run/queue/run-queue.ts';
import { openControlDatabase } from '../../convergence/adapters/postgres/open-control-database.ts';
import type { Claim, RunQueue } from '../../convergence/engine/run/run-queue.ts';
import type { StepRecord } from '../../convergence/engine/run/run.ts';

/** What a worker process does with the jobs that wait. */
export type Contender = 'pg-boss' | 'bare queue' | 'runs' | 'steps';

export interface DrainOrder {
  readonly contender: Contender;
  readonly url: string;
  readonly batchSize: number;
}

export const BOSS_QUEUE = 'bench';
export const STEPS_PER_RUN = 10;
const LEASE_MS = 30_000;

const DONE = {
  status: 'COMPLETE',
  finishedAt: new Date(),
  startedAt: null,
  rowsIn: 0,
  rowsLoaded: 0,
  rowsQuarantined: 0,
  rulesPassed: 0,
  rulesFailed: 0,
  failure: null,
} as const satisfies Partial<StepRecord>;

type Drain = () => Promise<void>;

/** A worker process: says 'ready', drains on 'go', says 'done'. */
process.once('message', (order: DrainOrder) => void work(order));

async function work(order: DrainOrder): Promise<void> {
  const { drain, close } = await (order.contender === 'pg-boss'
    ? openBoss(order)
    : openOurs(order));
  process.once('message', () => void drainAndLeave(drain, close));
  process.send?.('ready');
}

async function drainAndLeave(drain: Drain, close: Drain): Promise<void> {
  await drain();
  process.send?.('done');
  await close();
  process.disconnect();
}

async function openBoss({ url, batchSize }: DrainOrder): Promise<{ drain: Drain; close: Drain }> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  const drain = async (): Promise<void> => {
    for (;;) {
      const jobs = await boss.fetch(BOSS_QUEUE, { batchSize });
      if (jobs.length === 0) return;
      await boss.complete(
        BOSS_QUEUE,
        jobs.map(({ id }) => id),
      );
    }
  };
  return { drain, close: () => boss.stop({ graceful: false }) };
}

async function openOurs(order: DrainOrder): Promise<{ drain: Drain; close: Drain }> {
  const database = await openControlDatabase({ databaseUrl: order.url, dataDir: '' });
  const queue = new PostgresRunQueue(database);
  // Connects, as the start of pg-boss does.
  await queue.claimRuns('bench', { limit: 0, leaseMs: LEASE_MS });
  const steps = { 'pg-boss': 0, 'bare queue': 0, runs: 1, steps: STEPS_PER_RUN }[order.contender];
  // As a worker with twice as many places: it claims for those that became free meanwhile.
  const drain = async (): Promise<void> => {
    let before: Promise<unknown> = Promise.resolve();
    for (;;) {
      const options = { limit: order.batchSize, leaseMs: LEASE_MS };
      const claims = await queue.claimRuns(String(process.pid), options);
      await before;
      if (claims.length === 0) return;
      before = Promise.all(claims.map((claim) => executeNothing(queue, claim, steps)));
    }
  };
  return { drain, close: () => database.close() };
}

/** One step after the other, as a pipeline whose steps depend on each other. */
async function executeNothing(queue: RunQueue, claim: Claim, steps: number): Promise<void> {
  for (let nr = 0; nr < steps; nr++) {
    const step = { name: `nothing_${nr}`, type: 'ingest', attempt: 1 } as const;
    await queue.startStep(claim, step);
    await queue.finishStep(claim, { ...step, ...DONE }, []);
  }
  await queue.finishRun(claim, 'COMPLETE', null);
}
