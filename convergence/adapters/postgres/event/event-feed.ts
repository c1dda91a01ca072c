import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type { EventFeed } from '../../../engine/event/event-feed.ts';
import type { StoredEvent } from '../../../engine/event/pipeline-event.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase } from '../control-database.ts';
import { EventHorizon } from './event-horizon.ts';
import { storedEventOf, STATE_COLUMNS, STATE_EVENTS } from './event-row.ts';
import type { StateRow } from './event-row.ts';

/** The changes of state in `run_events`. */
export class PostgresEventFeed implements EventFeed {
  readonly #database: ControlDatabase;
  readonly #horizon: EventHorizon;

  constructor(database: ControlDatabase, deps: { clock: Pick<Clock, 'sleep'> }) {
    this.#database = database;
    this.#horizon = new EventHorizon(database, deps);
  }

  async readEvents(
    scope: TenantScope,
    { after, limit }: { after: number; limit: number },
  ): Promise<readonly StoredEvent[]> {
    const until = await this.#horizon.reach();
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<StateRow>`
        SELECT ${STATE_COLUMNS} FROM ${STATE_EVENTS}
        WHERE e.tenant_id = ${scope.tenantId} AND e.event_id > ${after} AND e.event_id <= ${until}
        ORDER BY e.event_id LIMIT ${limit}`.execute(db),
    );
    return rows.map(storedEventOf);
  }
}
