import { sql } from 'kysely';
import type { UnroutedPage } from '../../../engine/event/event-outbox.ts';
import { eventType, isTenantEvent, streamOf } from '../../../engine/event/pipeline-event.ts';
import type { StoredEvent } from '../../../engine/event/pipeline-event.ts';
import type { SinkRecord } from '../../../engine/event/sink-record.ts';
import type { Db } from '../control-database.ts';
import { storedEventOf, STATE_COLUMNS, STATE_EVENTS } from './event-row.ts';
import type { StateRow } from './event-row.ts';
import { SINK_COLUMNS } from './sink-row.ts';

/** Among so many runs before it is looked for the one that ended before a recovery. */
const MAX_RUNS_BACK = 100;

/** Events up to `until` for which no deliveries were made. */
export async function readUnrouted(db: Db, until: number, limit: number): Promise<UnroutedPage> {
  const { rows: places } = await sql<{ from: number }>`
    SELECT routed_to::float8 AS "from" FROM convergence.event_routing`.execute(db);
  const from = places[0]?.from ?? 0;
  if (until <= from) return nothing(from);
  const { rows } = await sql<StateRow>`
    SELECT ${STATE_COLUMNS} FROM ${STATE_EVENTS}
    WHERE e.event_id > ${from} AND e.event_id <= ${until}
    ORDER BY e.event_id LIMIT ${limit}`.execute(db);
  const events = rows.map(storedEventOf);
  const [sinks, recoveries] = [await readSinks(db, events), await readRecoveries(db, events)];
  return { from, events, sinks, recoveries, isFull: events.length === limit };
}

function nothing(from: number): UnroutedPage {
  return { from, events: [], sinks: [], recoveries: new Set(), isFull: false };
}

async function readSinks(db: Db, events: readonly StoredEvent[]): Promise<readonly SinkRecord[]> {
  const tenantIds = [...new Set(events.map(({ tenantId }) => tenantId))];
  const { rows } = await sql<SinkRecord>`
    SELECT ${SINK_COLUMNS} FROM convergence.event_sinks s WHERE s.pipeline_id IS NULL
      AND (s.tenant_id IS NULL OR s.tenant_id = ANY (${tenantIds}))`.execute(db);
  return rows;
}

/** Successes of pipelines whose run before had failed; runs are numbered in order. */
async function readRecoveries(
  db: Db,
  events: readonly StoredEvent[],
): Promise<ReadonlySet<number>> {
  const complete = events.filter(
    (event) => !isTenantEvent(event) && eventType(event) === 'run.complete',
  );
  if (complete.length === 0) return new Set();
  const given = JSON.stringify(complete.map((event) => ({ id: event.id, run: streamOf(event) })));
  const { rows } = await sql<{ id: number }>`
    SELECT g.id::float8 FROM jsonb_to_recordset(${given}::jsonb) AS g (id bigint, run uuid)
    JOIN tenants.tenant_pipeline_runs r ON r.run_id = g.run, LATERAL (
      SELECT status FROM (
        SELECT p.run_id, p.status FROM tenants.tenant_pipeline_runs p
        WHERE p.tenant_id = r.tenant_id AND p.pipeline_id = r.pipeline_id AND p.run_id < r.run_id
        ORDER BY p.run_id DESC LIMIT ${MAX_RUNS_BACK}
      ) before WHERE status IN ('COMPLETE', 'FAILED') ORDER BY run_id DESC LIMIT 1
    ) last WHERE last.status = 'FAILED'`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
