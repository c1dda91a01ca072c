import { parentPort, workerData } from 'node:worker_threads';
import { runCanary, runJudge } from 'rollout/engine/judge/simulate/run-canary.ts';
import type { CanaryRun } from 'rollout/engine/judge/simulate/run-canary.ts';
import { seededRandom } from 'rollout/engine/judge/simulate/random.ts';
import { SEQUENTIAL } from 'rollout/engine/service/resolve/preset.ts';
import { TickSimulator } from 'rollout/engine/judge/simulate/simulate-ticks.ts';
import { summarizeRuns } from 'rollout/engine/judge/simulate/summarize-runs.ts';
import type { RunSummary } from 'rollout/engine/judge/simulate/summarize-runs.ts';
import { ROWS } from './scenarios.ts';
import { WATCHERS } from './watchers.ts';

/** A name of `ROWS`, and who decides: `ours` or a name of `WATCHERS`. */
export interface Job {
  readonly row: string;
  readonly judge: string;
  readonly runs: number;
}

export type JobResult = Job & { readonly summary: RunSummary };

/** The same for the same row, so that all see the same canaries. */
const SEED = 20_260_101;

function runJob({ row, judge, runs }: Job): CanaryRun[] {
  const scenario = ROWS[row]?.scenario;
  if (!scenario) throw new Error(`there is no row '${row}'`);
  const seed = SEED + Object.keys(ROWS).indexOf(row) * 1_000_003;
  if (judge === 'ours') return runJudge(scenario, SEQUENTIAL, { runs, seed });
  const watcher = WATCHERS[judge];
  if (!watcher) throw new Error(`there is no judge '${judge}'`);
  const simulator = new TickSimulator(scenario);
  return Array.from({ length: runs }, (_, run) => ({
    ...runCanary(simulator.run(seededRandom(seed + run * 0x9e3779b1)), watcher()),
    couldEndEarly: false,
  }));
}

for (const job of workerData as readonly Job[]) {
  const result: JobResult = { ...job, summary: summarizeRuns(runJob(job)) };
  parentPort?.postMessage(result, []);
}
