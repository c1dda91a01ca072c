import { sql } from 'kysely';
import { decideOrphan } from '../../../../engine/run/queue/lease.ts';
import type { Orphan } from '../../../../engine/run/queue/lease.ts';
import { runStateEvent, stepStateEvent } from '../../../../engine/run/run-states.ts';
import type { WorkerSheet } from '../../../../engine/run/queue/queue-control.ts';
import type { Claim, ClaimOptions, RunQueue } from '../../../../engine/run/run-queue.ts';
import { NOTHING_DONE } from '../../../../engine/run/run.ts';
import type {
  Failure,
  NewRunEvent,
  RuleResult,
  RunStatus,
  StepRecord,
} from '../../../../engine/run/run.ts';
import { readDefaultPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { ReadPlans } from '../../../../engine/tenant/plan/plan.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { claimRuns } from './claim-runs.ts';
import { BellListener, QUEUE_CHANNEL } from './doorbell.ts';
import { sendProgress, tellFollowers } from '../store/follow-events.ts';
import { signIn, signOut } from './worker-registry.ts';
import { WriteBatch } from './write-batch.ts';
import { writeRuns } from './write-runs.ts';
import type { RunWrite, WrittenRuns } from './write-runs.ts';

const MAX_REAPED = 100;

/** The queue over `tenant_pipeline_execution_queue`; one for each worker. */
export class PostgresRunQueue implements RunQueue {
  readonly #database: ControlDatabase;
  readonly #readPlans: ReadPlans;
  readonly #bell: BellListener;
  readonly #writes: WriteBatch;

  constructor(database: ControlDatabase, readPlans: ReadPlans = readDefaultPlans) {
    this.#database = database;
    this.#readPlans = readPlans;
    this.#bell = new BellListener((onNotice) => database.listen(QUEUE_CHANNEL, onNotice));
    this.#writes = new WriteBatch((writes) => this.#store(writes));
  }

  async claimRuns(worker: string, options: ClaimOptions): Promise<readonly Claim[]> {
    // Whoever rings from here on may ring for a run that this claim does not see.
    await this.#bell.reset();
    const plans = await this.#readPlans();
    const taken = await this.#database.transact((db) =>
      claimRuns(db, worker, { ...options, plans }),
    );
    if (taken.someCancelled) this.#bell.ring();
    const runIds = taken.claims.map(({ run }) => run.runId);
    tellFollowers(this.#database, runIds);
    return taken.claims;
  }

  async heartbeat(_worker: string, claims: readonly Claim[], leaseMs: number) {
    const held = JSON.stringify(
      claims.map(({ run, fence }) => ({ run_id: run.runId, fence: String(fence) })),
    );
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ run_id: string; cancelled: boolean }>`
        WITH held AS (
          SELECT q.run_id FROM jsonb_to_recordset(${held}::jsonb) AS h (run_id uuid, fence bigint)
          JOIN tenants.tenant_pipeline_execution_queue q USING (run_id, fence)
          ORDER BY q.run_id FOR UPDATE OF q
        )
        UPDATE tenants.tenant_pipeline_execution_queue q
        SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
        FROM held WHERE q.run_id = held.run_id
        RETURNING q.run_id, q.cancel_requested_at IS NOT NULL AS cancelled`.execute(db),
    );
    const kept = new Set(rows.map((row) => row.run_id));
    return {
      lost: claims.map(({ run }) => run.runId).filter((runId) => !kept.has(runId)),
      cancelled: rows.filter((row) => row.cancelled).map((row) => row.run_id),
    };
  }

  startStep(claim: Claim, start: Pick<StepRecord, 'name' | 'type' | 'attempt'>): Promise<void> {
    const { name, type, attempt } = start;
    const running = { name, type, attempt, status: 'RUNNING', ...NOTHING_DONE } as const;
    const step = { ...running, startedAt: 'now' } as const;
    return this.#write(claim, { step, events: [stepStateEvent(running)] });
  }

  finishStep(claim: Claim, step: StepRecord, results: readonly RuleResult[]): Promise<void> {
    return this.#write(claim, { step, results, events: [stepStateEvent(step)] });
  }

  async appendEvents(claim: Claim, events: readonly NewRunEvent[]): Promise<void> {
    if (events.length > 0) await this.#write(claim, { events });
  }

  sendProgress(claim: Claim, event: NewRunEvent): void {
    sendProgress(this.#database, claim.run.runId, event);
  }

  finishRun(claim: Claim, status: RunStatus, failure: Failure | null): Promise<void> {
    const events = [runStateEvent(status, failure)];
    return this.#write(claim, { events, end: { status, failure } });
  }

  releaseRun(claim: Claim): Promise<void> {
    const end = { status: 'PENDING', failure: null } as const;
    return this.#write(claim, { events: [runStateEvent('PENDING')], end });
  }

  async reapOrphans(maxAttempts: number, caller?: WorkerSheet): Promise<readonly string[]> {
    const reaped: string[] = [];
    for (let more = true; more;) {
      const runIds = await this.#reapSome(maxAttempts, caller);
      reaped.push(...runIds);
      more = runIds.length === MAX_REAPED;
    }
    return reaped;
  }

  signOut(worker: string): Promise<void> {
    return this.#database.withOperator((db) => signOut(db, worker));
  }

  waitForBell(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#bell.wait(timeoutMs, signal);
  }

  async #reapSome(maxAttempts: number, caller?: WorkerSheet): Promise<readonly string[]> {
    const written = await this.#database.transact(async (db) => {
      if (caller) await signIn(db, caller);
      const { rows } = await sql<OrphanRow>`
        SELECT run_id AS "runId", fence::text, losses + 1 AS losses,
          cancel_requested_at IS NOT NULL AS "cancelRequested"
        FROM tenants.tenant_pipeline_execution_queue
        WHERE fence IS NOT NULL AND lease_until <= now()
        ORDER BY run_id LIMIT ${MAX_REAPED} FOR UPDATE SKIP LOCKED`.execute(db);
      const writes = rows.map((row) => orphanWrite(row, maxAttempts));
      return await writeRuns(db, writes);
    });
    this.#ring(written);
    return [...written.runIds];
  }

  async #store(writes: readonly RunWrite[]): Promise<ReadonlySet<string>> {
    const written = await this.#database.withOperator((db) => writeRuns(db, writes));
    this.#ring(written);
    return written.runIds;
  }

  #ring({ runIds, placeFree }: WrittenRuns): void {
    tellFollowers(this.#database, runIds);
    if (placeFree) this.#database.notifySoon(QUEUE_CHANNEL, '');
  }

  #write(claim: Claim, write: Omit<RunWrite, 'runId' | 'fence'>): Promise<void> {
    return this.#writes.add({ runId: claim.run.runId, fence: claim.fence, ...write });
  }
}

interface OrphanRow extends Orphan {
  readonly runId: string;
  readonly fence: string;
}

function orphanWrite(row: OrphanRow, maxAttempts: number): RunWrite {
  const end = decideOrphan(row, maxAttempts);
  const events = [runStateEvent(end.status, end.failure)];
  return { runId: row.runId, fence: BigInt(row.fence), events, end, workerLost: true };
}
