import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createLog } from 'base/log.ts';
import { executeRun } from '../../convergence/engine/run/execute/execute-run.ts';
import type { RunDeps } from '../../convergence/engine/run/execute/open-run.ts';
import { isEnded } from '../../convergence/engine/run/run-states.ts';
import type { RunStore } from '../../convergence/engine/run/run-store.ts';
import type { Run } from '../../convergence/engine/run/run.ts';
import { tenantScope } from '../../convergence/engine/tenant/tenant-scope.ts';
import { readSettings } from '../../convergence/server/settings.ts';
import { wirePlatform } from '../../convergence/server/wire.ts';
import type { Wiring } from '../../convergence/server/wire.ts';
import { Worker } from '../../convergence/server/worker/worker.ts';
import { PIPELINE, TENANT } from './shop-tenant.ts';
import { watchCalls } from './watch-calls.ts';
import type { OnCall } from './watch-calls.ts';

export const SCOPE = tenantScope(TENANT);
const PEPPER = 'the pepper of the journeys, long enough';

export interface JourneyOptions {
  /** Holds `configs` and `data`. */
  readonly folder: string;
  readonly databaseUrl?: string | undefined;
  readonly onCall?: OnCall;
  readonly leaseMs?: number;
}

/** The platform as it is wired in production, in this process, with workers that tests start. */
export interface Journey {
  readonly wiring: Wiring;
  readonly deps: RunDeps;
  admit(pipelineId?: string): Promise<Run>;
  /** The run with its steps once it has ended. */
  ended(runId: string): ReturnType<RunStore['getRun']>;
  /** A worker that runs until it is stopped. */
  startWorker(name?: string): Worker;
  /** Works until no run waits or runs. */
  finishRuns(): Promise<void>;
  close(): Promise<void>;
}

export async function openJourney(options: JourneyOptions): Promise<Journey> {
  const { onCall, leaseMs = 30_000 } = options;
  const level = process.env.JOURNEY_LOG === '1' ? 'debug' : 'silent';
  const log = createLog({ level, clock: systemClock });
  const wiring = await wirePlatform({ settings: settingsOf(options), log, pepper: PEPPER });
  const deps = onCall ? watchCalls(wiring.run, onCall) : wiring.run;
  const { runs, tenants } = wiring.api;
  await tenants.createTenant({ tenantId: TENANT, plan: 'enterprise' });

  function startWorker(name = `worker-${process.pid}`, onEnd: () => void = () => {}): Worker {
    const execute: typeof executeRun = async (claim, signal) => {
      await executeRun(claim, signal, deps);
      onEnd();
    };
    const worker = new Worker(
      { queue: deps.queue, clock: systemClock, log, execute: (c, s) => execute(c, s, deps) },
      { name, concurrency: 2, leaseMs, heartbeatMs: leaseMs / 5, maxAttempts: 5 },
    );
    worker.start();
    return worker;
  }

  async function openRuns(): Promise<number> {
    const { runs: found } = await runs.listRuns(SCOPE, { limit: 50 });
    return found.filter(({ status }) => !isEnded(status)).length;
  }

  return {
    wiring,
    deps,
    admit: (pipelineId = PIPELINE) =>
      runs.admitRun(SCOPE, { pipelineId, triggerBy: 'journey', parameters: {} }),
    async ended(runId) {
      const events = runs.followEvents(SCOPE, runId, 0, new AbortController().signal);
      // They end with the run.
      for await (const _ of events);
      return runs.getRun(SCOPE, runId);
    },
    startWorker: (name) => startWorker(name),
    async finishRuns() {
      if ((await openRuns()) === 0) return;
      await new Promise<void>((resolve, reject) => {
        const worker = startWorker(undefined, () => {
          void openRuns()
            .then((left) => (left === 0 ? worker.stop().then(resolve) : undefined))
            .catch(reject);
        });
      });
    },
    close: () => wiring.close(),
  };
}

function settingsOf({ folder, databaseUrl }: JourneyOptions) {
  return readSettings({
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  });
}
