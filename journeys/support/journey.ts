import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createLog } from 'base/log.ts';
import { executeRun } from '../../convergence/engine/run/execute/execute-run.ts';
import type { RunDeps } from '../../convergence/engine/run/execute/open-run.ts';
import type { Claim } from '../../convergence/engine/run/run-queue.ts';
import { isEnded } from '../../convergence/engine/run/run-states.ts';
import type { RunStore } from '../../convergence/engine/run/run-store.ts';
import type { Run } from '../../convergence/engine/run/run.ts';
import { tenantScope } from '../../convergence/engine/tenant/tenant-scope.ts';
import { readSettings } from '../../convergence/server/settings/settings.ts';
import { wirePlatform } from '../../convergence/server/wire.ts';
import type { Wiring } from '../../convergence/server/wire.ts';
import { Worker } from '../../convergence/server/worker/worker.ts';
import { PIPELINE, TENANT } from './shop-tenant.ts';
import { watchCalls } from './watch-calls.ts';
import type { OnCall } from './watch-calls.ts';

export const SCOPE = tenantScope(TENANT);

export interface JourneyOptions {
  /** Holds `configs` and `data`. */
  readonly folder: string;
  readonly databaseUrl?: string | undefined;
  /** Further settings, such as another warehouse. */
  readonly settings?: Readonly<Record<string, string>>;
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
  startWorker(): Worker;
  /** Works until the runs that wait or run have ended. */
  finishRuns(): Promise<void>;
  close(): Promise<void>;
}

export async function openJourney(options: JourneyOptions): Promise<Journey> {
  const { onCall, leaseMs = 30_000 } = options;
  const level = process.env.JOURNEY_LOG === '1' ? 'debug' : 'silent';
  const log = createLog({ level, clock: systemClock });
  const wiring = await wirePlatform({ settings: settingsOf(options), log });
  const deps = onCall ? watchCalls(wiring.run, onCall) : wiring.run;
  const { runs, tenants } = wiring.api;
  await tenants.createTenant({ tenantId: TENANT, plan: 'enterprise' });

  const executing = new Set<Promise<void>>();

  function execute(claim: Claim, signal: AbortSignal): Promise<void> {
    const work = executeRun(claim, signal, deps).finally(() => executing.delete(work));
    executing.add(work);
    return work;
  }

  function startWorker(): Worker {
    const worker = new Worker(
      { queue: deps.queue, clock: systemClock, log, execute },
      {
        name: `worker-${process.pid}`,
        places: { min: 2, max: 2 },
        graceMs: 7_000,
        leaseMs,
        heartbeatMs: leaseMs / 5,
        maxAttempts: 5,
      },
    );
    worker.start();
    return worker;
  }

  async function ended(runId: string) {
    const events = runs.followEvents(SCOPE, runId, 0, new AbortController().signal);
    // They end with the run.
    for await (const _ of events);
    return runs.getRun(SCOPE, runId);
  }

  return {
    wiring,
    deps,
    admit: (pipelineId = PIPELINE) =>
      runs.admitRun(SCOPE, { pipelineId, triggerBy: 'journey', parameters: {} }),
    startWorker,
    ended,
    async finishRuns() {
      const { runs: found } = await runs.listRuns(SCOPE, { limit: 50 });
      const open = found.filter(({ status }) => !isEnded(status));
      if (open.length === 0) return;
      const worker = startWorker();
      await Promise.all(open.map(({ runId }) => ended(runId)));
      // A worker that lost its lease is still about to find out.
      await Promise.allSettled(executing);
      await worker.stop();
    },
    close: () => wiring.close(),
  };
}

function settingsOf({ folder, databaseUrl, settings }: JourneyOptions) {
  return readSettings({
    ...settings,
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  });
}
