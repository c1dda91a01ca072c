import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type {
  EventOutbox,
  Route,
  Settlement,
  SinkLease,
  UnroutedPage,
  WaitingDelivery,
} from '../../../engine/event/event-outbox.ts';
import type { SinkRecord } from '../../../engine/event/sink-record.ts';
import type { ControlDatabase } from '../control-database.ts';
import { toJson } from '../to-json.ts';
import { EventHorizon } from './event-horizon.ts';
import { storedEventOf, STATE_COLUMNS, STATE_EVENTS } from './event-row.ts';
import type { StateRow } from './event-row.ts';
import { readUnrouted } from './read-unrouted.ts';
import { SINK_COLUMNS } from './sink-row.ts';

/** `run_events` as an outbox; deliveries and sinks are `event_deliveries` and `event_sinks`. */
export class PostgresEventOutbox implements EventOutbox {
  readonly #database: ControlDatabase;
  readonly #clock: Clock;
  readonly #horizon: EventHorizon;

  constructor(database: ControlDatabase, deps: { clock: Clock }) {
    this.#database = database;
    this.#clock = deps.clock;
    this.#horizon = new EventHorizon(database, deps);
  }

  async readUnrouted(limit: number): Promise<UnroutedPage> {
    const until = await this.#horizon.reach();
    return await this.#database.withOperator((db) => readUnrouted(db, until, limit));
  }

  /** The place is moved first: of two processes with one page the second finds it moved. */
  async storeRoutes(
    { from, events }: Pick<UnroutedPage, 'from' | 'events'>,
    routes: readonly Route[],
    declared: readonly SinkRecord[],
  ): Promise<boolean> {
    const now = this.#clock.now();
    return await this.#database.transact(async (db) => {
      const { rows } = await sql`
        UPDATE convergence.event_routing SET routed_to = ${events.at(-1)?.id ?? from}
        WHERE routed_to = ${from} RETURNING routed_to`.execute(db);
      if (rows.length === 0) return false;
      if (declared.length > 0) {
        await sql`
          INSERT INTO convergence.event_sinks (sink_id, tenant_id, kind, pipeline_id, address,
            event_types, created_at, due_at)
          SELECT "sinkId", p.tenant_id, kind, "pipelineId", address, "eventTypes", "createdAt", ${now}
          FROM jsonb_to_recordset(${toJson(declared)}::jsonb) AS g ("sinkId" text, "tenantId" text,
            kind text, "pipelineId" text, address text, "eventTypes" text[], "createdAt" timestamptz)
          JOIN tenants.tenant_profiles p ON p.tenant_id = g."tenantId"
          ON CONFLICT DO NOTHING`.execute(db);
      }
      if (routes.length > 0) {
        // A tenant or a sink may have been removed since the page was read.
        await sql`
          INSERT INTO convergence.event_deliveries (sink_id, event_id, tenant_id, run_id, due_at)
          SELECT s.sink_id, "eventId", p.tenant_id, "streamId", ${now}
          FROM jsonb_to_recordset(${toJson(routes)}::jsonb) AS g ("sinkId" text, "eventId" bigint,
            "tenantId" text, "streamId" uuid)
          LEFT JOIN tenants.tenant_profiles p ON p.tenant_id = g."tenantId"
          JOIN convergence.event_sinks s ON s.sink_id = g."sinkId"
          WHERE g."tenantId" IS NULL OR p.tenant_id IS NOT NULL
          ON CONFLICT DO NOTHING`.execute(db);
      }
      return true;
    });
  }

  async leaseSinks(limit: number, leaseMs: number): Promise<readonly SinkLease[]> {
    const now = this.#clock.now();
    const until = new Date(now.getTime() + leaseMs);
    const { rows } = await this.#database.withOperator((db) =>
      sql<SinkRecord & { token: string; failures: number }>`
        WITH free AS MATERIALIZED (
          SELECT s.sink_id FROM convergence.event_sinks s
          WHERE s.due_at <= ${now} AND (s.leased_until IS NULL OR s.leased_until <= ${now})
            AND EXISTS (SELECT FROM convergence.event_deliveries d WHERE d.sink_id = s.sink_id
              AND d.state = 'waiting' AND d.due_at <= ${now})
          ORDER BY s.due_at, s.sink_id LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
        UPDATE convergence.event_sinks s SET lease_token = ${randomUUID()}, leased_until = ${until}
        FROM free WHERE s.sink_id = free.sink_id
        RETURNING ${SINK_COLUMNS}, s.lease_token AS token, s.failures`.execute(db),
    );
    return rows.map(({ token, failures, ...sink }) => ({ sink, token, failures, until }));
  }

  /** Those never tried first, so that after a failure another run shows whether the sink is back. */
  async readWaiting(sinkId: string, limit: number): Promise<readonly WaitingDelivery[]> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<StateRow & { attempts: number }>`
        SELECT ${STATE_COLUMNS}, d.attempts FROM (
          SELECT d.run_id, d.event_id, d.attempts FROM convergence.event_deliveries d
          WHERE d.sink_id = ${sinkId} AND d.state = 'waiting' AND d.due_at <= ${this.#clock.now()}
            AND NOT EXISTS (SELECT FROM convergence.event_deliveries b
              WHERE b.sink_id = d.sink_id AND b.run_id = d.run_id AND b.event_id < d.event_id
                AND b.state = 'waiting' AND b.attempts > 0)
          ORDER BY d.attempts, d.event_id LIMIT ${limit}
        ) d, ${STATE_EVENTS}
        WHERE e.run_id = d.run_id AND e.event_id = d.event_id ORDER BY d.attempts, d.event_id`.execute(
        db,
      ),
    );
    return rows.map((row) => ({ event: storedEventOf(row), attempts: row.attempts }));
  }

  async settle(
    lease: SinkLease,
    settlement: Settlement,
    leaseMs: number,
  ): Promise<SinkLease | null> {
    const now = this.#clock.now();
    const until = new Date(now.getTime() + leaseMs);
    const { rows: settled, failures, sinkDueAt, lastError } = settlement;
    const someDelivered = settled.some(({ state }) => state === 'delivered');
    const { rows } = await this.#database.withOperator((db) =>
      sql`
        WITH held AS (
          UPDATE convergence.event_sinks SET leased_until = ${until}, failures = ${failures},
            due_at = coalesce(${sinkDueAt}::timestamptz, due_at),
            last_error = coalesce(${lastError}, last_error),
            last_delivered_at = CASE WHEN ${someDelivered} THEN ${now} ELSE last_delivered_at END
          WHERE sink_id = ${lease.sink.sinkId} AND lease_token = ${lease.token} RETURNING sink_id
        ), given AS MATERIALIZED (
          SELECT * FROM jsonb_to_recordset(${toJson(settled)}::jsonb) AS g ("eventId" bigint,
            state text, attempts integer, "dueAt" timestamptz, "lastError" text)
        ), done AS (
          UPDATE convergence.event_deliveries d SET state = g.state, attempts = g.attempts,
            due_at = coalesce(g."dueAt", d.due_at), last_error = g."lastError",
            settled_at = CASE g.state WHEN 'waiting' THEN NULL ELSE ${now}::timestamptz END
          FROM held, given g WHERE d.sink_id = held.sink_id AND d.event_id = g."eventId"
        )
        SELECT FROM held`.execute(db),
    );
    return rows.length === 0 ? null : { ...lease, failures, until };
  }

  async releaseSink({ sink, token }: SinkLease): Promise<void> {
    await this.#database.withOperator((db) =>
      sql`UPDATE convergence.event_sinks SET leased_until = NULL, lease_token = NULL
        WHERE sink_id = ${sink.sinkId} AND lease_token = ${token}`.execute(db),
    );
  }

  async sweep({ delivered, dead }: { delivered: Date; dead: Date }): Promise<void> {
    await this.#database.withOperator(async (db) => {
      await sql`DELETE FROM convergence.event_deliveries WHERE state <> 'waiting'
        AND settled_at < CASE state WHEN 'dead' THEN ${dead}::timestamptz
          ELSE ${delivered}::timestamptz END`.execute(db);
      await sql`DELETE FROM convergence.run_events e WHERE tenant_id IS NULL AND at < ${dead}
        AND NOT EXISTS (SELECT FROM convergence.event_deliveries d
          WHERE d.event_id = e.event_id AND d.tenant_id IS NULL)`.execute(db);
    });
  }
}
