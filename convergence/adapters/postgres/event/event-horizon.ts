import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import type { ControlDatabase } from '../control-database.ts';

/** The newest id at one moment, and the transactions that may have ids up to it under way. */
interface Mark {
  readonly eventId: number;
  readonly writers: ReadonlySet<string>;
}

const LOOK_AGAIN_MS = 5;
const MAX_LOOKS = 10;
const MAX_MARKS = 1_000;

/**
 * Up to which id no event can appear any more. Ids are given before the commit, so a low one may
 * become visible after a higher one, and whoever has read on after the higher would miss it. A
 * transaction locks the table before it is given an id and until it ends: once all those have ended
 * that held the lock after the newest id was read, whatever has that id or a lower one is visible, or
 * was rolled back. (Snapshots cannot tell: an `xmax` is no more than the newest transaction that has
 * ended, and others above it may be writing.) Who writes events in a transaction that takes long
 * holds all readers back.
 */
export class EventHorizon {
  readonly #database: ControlDatabase;
  readonly #clock: Pick<Clock, 'sleep'>;
  #marks: Mark[] = [];
  #eventId = 0;

  constructor(database: ControlDatabase, deps: { clock: Pick<Clock, 'sleep'> }) {
    this.#database = database;
    this.#clock = deps.clock;
  }

  /** The horizon, never lower than before; waits some 50 ms for transactions under way. */
  async reach(): Promise<number> {
    const newest = await this.#readNewest();
    if (newest > this.#eventId) await this.#mark(newest);
    for (let looks = 1; this.#eventId < newest && looks < MAX_LOOKS; looks++) {
      await this.#clock.sleep(LOOK_AGAIN_MS);
      this.#settle(await this.#readWriters());
    }
    return this.#eventId;
  }

  async #mark(eventId: number): Promise<void> {
    const writers = await this.#readWriters();
    if (this.#marks.length < MAX_MARKS) this.#marks.push({ eventId, writers });
    this.#settle(writers);
  }

  #settle(now: ReadonlySet<string>): void {
    for (const { eventId, writers } of this.#marks) {
      const isOver = [...writers].every((writer) => !now.has(writer));
      if (isOver) this.#eventId = Math.max(this.#eventId, eventId);
    }
    this.#marks = this.#marks.filter(({ eventId }) => eventId > this.#eventId);
  }

  async #readNewest(): Promise<number> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ newest: number }>`
        SELECT coalesce(pg_sequence_last_value('convergence.run_events_event_id_seq'), 0)::float8
          AS newest`.execute(db),
    );
    return rows[0]?.newest ?? 0;
  }

  /** A statement of its own, because it must come after the one that read the newest id. */
  async #readWriters(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ writer: string }>`
        SELECT virtualtransaction AS writer FROM pg_locks
        WHERE relation = 'convergence.run_events'::regclass AND mode = 'RowExclusiveLock'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(
        db,
      ),
    );
    return new Set(rows.map(({ writer }) => writer));
  }
}
