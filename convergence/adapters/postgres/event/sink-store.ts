import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type { NextId } from 'base/id.ts';
import { EVENT_TYPES } from '../../../engine/event/pipeline-event.ts';
import { fail } from '../../../engine/error-codes.ts';
import type {
  DeliveryRecord,
  NewWebhook,
  SinkOwner,
  SinkStatus,
  SinkStore,
} from '../../../engine/event/sink-record.ts';
import type { ControlDatabase, Db } from '../control-database.ts';
import { SINK_COLUMNS } from './sink-row.ts';

const MAX_WEBHOOKS = 20;

const STATUS = sql`${SINK_COLUMNS}, s.failures, s.due_at AS "dueAt", s.last_error AS "lastError",
  s.last_delivered_at AS "lastDeliveredAt",
  (SELECT count(*)::integer FROM convergence.event_deliveries d
    WHERE d.sink_id = s.sink_id AND d.state = 'waiting') AS waiting,
  (SELECT count(*)::integer FROM convergence.event_deliveries d
    WHERE d.sink_id = s.sink_id AND d.state = 'dead') AS dead`;

/** Sinks in `event_sinks`, for the doors. */
export class PostgresSinkStore implements SinkStore {
  readonly #database: ControlDatabase;
  readonly #deps: { readonly clock: Pick<Clock, 'now'>; readonly nextId: NextId };

  constructor(
    database: ControlDatabase,
    deps: { readonly clock: Pick<Clock, 'now'>; readonly nextId: NextId },
  ) {
    this.#database = database;
    this.#deps = deps;
  }

  createWebhook(owner: SinkOwner, { url, eventTypes, sealedSecret }: NewWebhook) {
    const { clock, nextId } = this.#deps;
    const now = clock.now();
    const sinkId = nextId();
    return this.#as(owner, async (db) => {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*)::integer AS count FROM convergence.event_sinks s
        WHERE ${ownedBy(owner)} AND s.pipeline_id IS NULL`.execute(db);
      if ((rows[0]?.count ?? 0) >= MAX_WEBHOOKS) {
        throw fail('sinks_too_many', `${MAX_WEBHOOKS} webhooks are registered, which is the most`, {
          hint: 'Remove one that nobody needs.',
        });
      }
      await sql`
        INSERT INTO convergence.event_sinks (sink_id, tenant_id, kind, address, event_types,
          sealed_secret, created_at, due_at)
        VALUES (${sinkId}, ${owner}, 'webhook', ${url}, ${[...eventTypes]}, ${sealedSecret}, ${now},
          ${now})`.execute(db);
      return await readSink(db, owner, sinkId);
    });
  }

  async keepTopic(topic: string): Promise<void> {
    const now = this.#deps.clock.now();
    await this.#database.transact((db) =>
      sql`
        INSERT INTO convergence.event_sinks (sink_id, kind, address, event_types, created_at, due_at)
        VALUES ('pubsub', 'pubsub', ${topic}, ${[...EVENT_TYPES]}, ${now}, ${now})
        ON CONFLICT (sink_id) DO UPDATE SET address = excluded.address,
          event_types = excluded.event_types, failures = 0, due_at = excluded.due_at
        WHERE event_sinks.address <> excluded.address
          OR event_sinks.event_types <> excluded.event_types`.execute(db),
    );
  }

  listSinks(owner: SinkOwner): Promise<readonly SinkStatus[]> {
    return this.#as(owner, async (db) => {
      const { rows } = await sql<SinkStatus>`
        SELECT ${STATUS} FROM convergence.event_sinks s WHERE ${ownedBy(owner)}
        ORDER BY s.created_at, s.sink_id`.execute(db);
      return rows;
    });
  }

  getSink(owner: SinkOwner, sinkId: string): Promise<SinkStatus> {
    return this.#as(owner, (db) => readSink(db, owner, sinkId));
  }

  async deleteSink(owner: SinkOwner, sinkId: string): Promise<void> {
    await this.#as(owner, async (db) => {
      await readSink(db, owner, sinkId);
      await sql`DELETE FROM convergence.event_sinks s
        WHERE s.sink_id = ${sinkId} AND ${ownedBy(owner)}`.execute(db);
    });
  }

  listDeliveries(
    owner: SinkOwner,
    sinkId: string,
    { state, before, limit }: { state?: DeliveryRecord['state']; before?: number; limit: number },
  ): Promise<readonly DeliveryRecord[]> {
    return this.#as(owner, async (db) => {
      await readSink(db, owner, sinkId);
      const { rows } = await sql<DeliveryRecord>`
        SELECT d.event_id::float8 AS "eventId", r.run_id AS "runId", d.tenant_id AS "tenantId",
          d.state, d.attempts, d.due_at AS "dueAt", d.settled_at AS "settledAt",
          d.last_error AS "lastError"
        FROM convergence.event_deliveries d
        LEFT JOIN tenants.tenant_pipeline_runs r ON r.run_id = d.run_id WHERE d.sink_id = ${sinkId}
          ${state === undefined ? sql`` : sql`AND d.state = ${state}`}
          ${before === undefined ? sql`` : sql`AND d.event_id < ${before}`}
        ORDER BY d.event_id DESC LIMIT ${limit}`.execute(db);
      return rows;
    });
  }

  redeliver(owner: SinkOwner, sinkId: string, eventIds?: readonly number[]): Promise<number> {
    const now = this.#deps.clock.now();
    return this.#as(owner, async (db) => {
      await readSink(db, owner, sinkId);
      const { rows } = await sql<{ event_id: string }>`
        UPDATE convergence.event_deliveries SET state = 'waiting', attempts = 0, due_at = ${now},
          settled_at = NULL
        WHERE sink_id = ${sinkId} AND ${
          eventIds === undefined
            ? sql`state = 'dead'`
            : sql`event_id = ANY (${[...eventIds]}::bigint[])`
        } RETURNING event_id`.execute(db);
      await sql`UPDATE convergence.event_sinks SET failures = 0, due_at = ${now}
        WHERE sink_id = ${sinkId}`.execute(db);
      return rows.length;
    });
  }

  #as<T>(owner: SinkOwner, work: (db: Db) => Promise<T>): Promise<T> {
    if (owner !== null) return this.#database.withTenant({ tenantId: owner }, work);
    return this.#database.transact(work);
  }
}

function ownedBy(owner: SinkOwner) {
  return owner === null ? sql`s.tenant_id IS NULL` : sql`s.tenant_id = ${owner}`;
}

async function readSink(db: Db, owner: SinkOwner, sinkId: string): Promise<SinkStatus> {
  const { rows } = await sql<SinkStatus>`
    SELECT ${STATUS} FROM convergence.event_sinks s
    WHERE s.sink_id = ${sinkId} AND ${ownedBy(owner)}`.execute(db);
  const [sink] = rows;
  if (!sink) {
    throw fail('sink_absent', `There is no webhook '${sinkId.slice(0, 60)}'.`, {
      hint: '`convergence webhook list` shows them.',
    });
  }
  return sink;
}
