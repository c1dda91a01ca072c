import { sql } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import type {
  Pausable,
  QueueControl,
  Standing,
  WorkerRecord,
} from '../../../../engine/run/queue/queue-control.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { lockClaims } from './claim-runs.ts';
import { ringQueue } from './doorbell.ts';
import { readQueueStandings, readTenantStandings } from './queue-standing.ts';
import { listWorkers } from './worker-registry.ts';

/** Over `convergence.queues`, `convergence.workers` and the flag of paused tenants. */
export class PostgresQueueControl implements QueueControl {
  readonly #database: ControlDatabase;

  constructor(database: ControlDatabase) {
    this.#database = database;
  }

  readQueues() {
    return this.#database.transact(async (db) => ({
      queues: await readQueueStandings(db),
      pausedTenants: await readTenantStandings(db),
    }));
  }

  pause(what: Pausable, by: string): Promise<Standing> {
    return this.#database.transact(async (db) => {
      // A claim that began before it may not commit after it.
      await lockClaims(db);
      await writePause(db, what, by);
      return await readStanding(db, what);
    });
  }

  async resume(what: Pausable): Promise<Standing> {
    const standing = await this.#database.transact(async (db) => {
      await writePause(db, what, null);
      return await readStanding(db, what);
    });
    await ringQueue(this.#database);
    return standing;
  }

  listWorkers(): Promise<readonly WorkerRecord[]> {
    return this.#database.withOperator(listWorkers);
  }
}

/** Who paused it first stays; `by` null takes the pause away. */
async function writePause(db: Db, what: Pausable, by: string | null): Promise<void> {
  if ('queue' in what) {
    await sql`UPDATE convergence.queues SET paused_by = ${by},
        paused_at = CASE WHEN ${by}::text IS NOT NULL THEN now() END
      WHERE queue = ${what.queue} AND (paused_at IS NULL) = (${by}::text IS NOT NULL)`.execute(db);
  } else {
    await sql`UPDATE tenants.tenant_profiles SET queue_paused_by = ${by},
        queue_paused_at = CASE WHEN ${by}::text IS NOT NULL THEN now() END
      WHERE tenant_id = ${what.tenantId}
        AND (queue_paused_at IS NULL) = (${by}::text IS NOT NULL)`.execute(db);
  }
}

async function readStanding(db: Db, what: Pausable): Promise<Standing> {
  const [standing] =
    'queue' in what
      ? (await readQueueStandings(db)).filter(({ queue }) => queue === what.queue)
      : await readTenantStandings(db, what.tenantId);
  if (standing) return standing;
  throw fail('tenant_absent', `There is no tenant '${'tenantId' in what ? what.tenantId : ''}'.`);
}
