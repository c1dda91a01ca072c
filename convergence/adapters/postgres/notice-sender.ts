import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Sends notices in statements of their own, never in the transaction of a write: PostgreSQL lets
 * transactions that NOTIFY commit only one after the other, each with its wait for the disk. Those
 * that arrive within `pauseMs`, or while a statement is under way, go together in the next. A notice
 * only wakes somebody who would look later anyway, so one that cannot be sent is lost without an
 * error.
 */
export class NoticeSender {
  readonly #db: Kysely<unknown>;
  readonly #pauseMs: number;
  #waiting = new Map<string, { channel: string; payload: string }>();
  #sending: Promise<void> | undefined;

  constructor(db: Kysely<unknown>, pauseMs: number) {
    this.#db = db;
    this.#pauseMs = pauseMs;
  }

  /** Resolves when the notice was sent or lost. Of several with one `key` the newest is sent. */
  send(channel: string, payload: string, key = payload): Promise<void> {
    this.#waiting.set(`${channel} ${key}`, { channel, payload });
    this.#sending ??= this.#drain().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #drain(): Promise<void> {
    for (; this.#waiting.size > 0;) {
      if (this.#pauseMs > 0) await wait(this.#pauseMs);
      const notices = JSON.stringify([...this.#waiting.values()]);
      this.#waiting.clear();
      await sql`SELECT pg_notify(channel, payload)
        FROM jsonb_to_recordset(${notices}::jsonb) AS n (channel text, payload text)`
        .execute(this.#db)
        .catch(() => undefined);
    }
  }
}
