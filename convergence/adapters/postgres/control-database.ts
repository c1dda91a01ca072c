import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { NoticeSender } from './notice-sender.ts';
import { translateError } from './translate-error.ts';

/** What statements are sent to: `sql\`…\`.execute(db)`. */
export type Db = Kysely<unknown>;

/** Called with the payload of a notice, or with '' when notices may have been missed. */
export type OnNotice = (payload: string) => void;

/** A PostgreSQL, embedded or served. */
export interface ControlConnection {
  /** Each of its sessions is the operator's (`BEGIN_SESSION`) and bound by row-level security. */
  readonly db: Db;
  /** Resolves once notices of the channel arrive, to a function that ends that. */
  listen(channel: string, onNotice: OnNotice): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/**
 * First statement of a session. Row-level security shows a session that skips it nothing. Each of
 * our statements finds few rows by an index; the planner, which counts on statistics of a time when
 * the queue was of another length, would read all of it (with 20,000 runs 26 ms a claim instead of
 * 2, with 5,000 runs 10 ms a write instead of 1), or compile a claim of many tenants for 800 ms.
 */
export const BEGIN_SESSION = `SELECT set_config('convergence.tenant_id', '*', false),
  set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),
  set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
  set_config('jit', 'off', false)`;

/** A notice for each write would take as much of the server as the writes. */
const PAUSE_MS = 20;

/** The control database: what is done in it is done for one tenant or as the operator. */
export class ControlDatabase {
  readonly #connection: ControlConnection;
  readonly #sender: NoticeSender;
  readonly #slowSender: NoticeSender;

  constructor(connection: ControlConnection) {
    this.#connection = connection;
    this.#sender = new NoticeSender(connection.db, 0);
    this.#slowSender = new NoticeSender(connection.db, PAUSE_MS);
  }

  /** One transaction in which no row of another tenant exists. */
  withTenant<T>(scope: TenantScope, work: (db: Db) => Promise<T>): Promise<T> {
    return this.transact(async (db) => {
      await sql`SELECT set_config('convergence.tenant_id', ${scope.tenantId}, true)`.execute(db);
      return await work(db);
    });
  }

  /** One transaction over all tenants. */
  transact<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return translated(this.#connection.db.transaction().execute(work));
  }

  /** Over all tenants; each statement is a transaction of its own. */
  withOperator<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return translated(work(this.#connection.db));
  }

  /** Resolves once notices arrive; `onNotice('')` says that some may have been missed. */
  listen(channel: string, onNotice: OnNotice): Promise<() => Promise<void>> {
    return translated(this.#connection.listen(channel, onNotice));
  }

  /** Resolves when the notice was sent, or lost: it only wakes. At most 7,999 bytes. */
  notify(channel: string, payload: string): Promise<void> {
    return this.#sender.send(channel, payload);
  }

  /** Sends a notice within some 20 ms; of several that wait under one `key`, the newest. */
  notifySoon(channel: string, payload: string, key?: string): void {
    void this.#slowSender.send(channel, payload, key);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translateError(error);
  }
}
