import { setTimeout as wait } from 'node:timers/promises';
import { systemClock as clock } from 'base/clock.ts';
import { createLog } from 'base/log.ts';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { PostgresRunQueue } from '../../adapters/postgres/run/queue/run-queue.ts';
import { HAND_BACK } from '../../engine/run/execute/hand-back.ts';
import type { Claim } from '../../engine/run/run-queue.ts';
import { NOTHING_DONE } from '../../engine/run/run.ts';
import { Worker } from './worker.ts';

/**
 * A worker process whose runs have three steps that only wait: `step-worker.fake.ts URL`, or with a
 * second argument `deaf`, whose steps never end and do not hear that they shall stop. Tells its
 * parent when it works.
 */
export const STEPS = ['one', 'two', 'three'];
const STEP_MS = 40;

const [url, mode] = process.argv.slice(2);
if (url) await work(url, mode === 'deaf');

async function work(databaseUrl: string, isDeaf: boolean): Promise<void> {
  const database = await openControlDatabase({ databaseUrl, dataDir: '' });
  const queue = new PostgresRunQueue(database);
  const execute = isDeaf ? neverEnd : (claim: Claim, signal: AbortSignal) => run(claim, signal);
  const options = { leaseMs: 30_000, heartbeatMs: 200, maxAttempts: 3, graceMs: 500 };
  const places = { min: 2, max: 4 };
  const worker = new Worker(
    { queue, clock, log: createLog({ level: 'silent', clock }), execute },
    { ...options, places, name: `worker-${process.pid}` },
  );
  worker.start();
  process.once('SIGTERM', () => {
    void worker
      .stop()
      .then(() => database.close())
      .then(() => process.exit(0));
  });

  process.send?.('ready');

  async function run(claim: Claim, signal: AbortSignal): Promise<void> {
    const done = claim.steps.filter((step) => step.status === 'COMPLETE').map(({ name }) => name);
    for (const name of STEPS.filter((step) => !done.includes(step))) {
      await queue.startStep(claim, { name, type: 'dq', attempt: 1 });
      await wait(STEP_MS, undefined, { signal }).catch(() => {});
      if (signal.reason === HAND_BACK) return queue.releaseRun(claim);
      const times = { startedAt: null, ...NOTHING_DONE, finishedAt: clock.now() };
      await queue.finishStep(
        claim,
        { name, type: 'dq', attempt: 1, status: 'COMPLETE', ...times },
        [],
      );
    }
    await queue.finishRun(claim, 'COMPLETE', null);
  }

  async function neverEnd(claim: Claim): Promise<void> {
    await queue.startStep(claim, { name: 'one', type: 'dq', attempt: 1 });
    await new Promise(() => {});
  }
}
