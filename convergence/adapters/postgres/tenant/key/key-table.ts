import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { randomKey } from 'base/id.ts';
import type { RandomBytes } from 'base/id.ts';
import { fail } from '../../../../engine/error-codes.ts';
import type { IssuedKey, Rotation, StoredKey } from '../../../../engine/tenant/key/key-store.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { KeyCache } from './key-cache.ts';

export interface KeyTableDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Secret under which keys are stored; without it a copy of the table gives no key away. */
  readonly pepper: string | Uint8Array;
  readonly randomBytes?: RandomBytes;
  /** Milliseconds that never go back. */
  readonly monotonicMs?: () => number;
}

/** What differs between the keys of tenants and of operators. */
export interface KeyTableShape {
  readonly table: RawBuilder<unknown>;
  /** First characters of each key. */
  readonly keyPrefix: string;
  /** Columns that a rotated key hands on, as they are in the table. */
  readonly own: RawBuilder<unknown>;
  /** The same under the names of the record. */
  readonly ownAsRecord: RawBuilder<unknown>;
}

const LAST_USED_STEP_MS = 60_000;
const SHOWN_CHARACTERS = 10;

/**
 * A table of keys, found by their HMAC: no comparison in this process takes longer for a better
 * guess.
 */
export class KeyTable<R extends StoredKey> {
  readonly columns: RawBuilder<unknown>;
  readonly #database: ControlDatabase;
  readonly #shape: KeyTableShape;
  readonly #deps: KeyTableDeps;
  readonly #cache: KeyCache<R>;

  constructor(database: ControlDatabase, shape: KeyTableShape, deps: KeyTableDeps) {
    this.#database = database;
    this.#shape = shape;
    this.#deps = deps;
    this.#cache = new KeyCache(deps.monotonicMs ?? (() => performance.now()));
    this.columns = sql`key_hash AS "keyHash", prefix, created_at AS "createdAt",
      created_by AS "createdBy", expires_at AS "expiresAt", last_used_at AS "lastUsedAt",
      revoked_at AS "revokedAt", replaced_by AS "replacedBy", ${shape.ownAsRecord}`;
  }

  /** A new key; the caller writes what is to be kept of it. */
  makeKey(): { key: string; keyHash: string; prefix: string } {
    const key = this.#shape.keyPrefix + randomKey(32, this.#deps.randomBytes);
    return { key, keyHash: this.#hashOf(key), prefix: key.slice(0, SHOWN_CHARACTERS) };
  }

  async list(where: RawBuilder<unknown>): Promise<readonly R[]> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<R>`SELECT ${this.columns} FROM ${this.#shape.table} WHERE ${where}
        ORDER BY created_at, key_hash`.execute(db),
    );
    return rows;
  }

  /** The record of a key that opens; undefined for unknown, expired and revoked ones. */
  async findValid(key: string): Promise<R | undefined> {
    const keyHash = this.#hashOf(key);
    const record = await this.#cache.read(keyHash, () => this.#read(keyHash));
    const now = this.#deps.clock.now();
    if (!record || !opensAt(record, now)) return undefined;
    await this.#noteUse(record, now);
    return record;
  }

  /** In a transaction of which `known` is told once it has committed. @throws key_absent */
  async revoke(db: Db, keyHash: string): Promise<R> {
    const { rows } = await sql<R>`
      UPDATE ${this.#shape.table}
      SET revoked_at = coalesce(revoked_at, ${this.#deps.clock.now()}::timestamptz)
      WHERE key_hash = ${keyHash} RETURNING ${this.columns}`.execute(db);
    const [record] = rows;
    if (!record) throw absent(keyHash);
    return record;
  }

  /** From now on this process goes by the record. */
  known(record: R): R {
    this.#cache.remember(record);
    return record;
  }

  /** @throws key_absent, key_ended */
  async rotate(keyHash: string, { overlapMs, createdBy }: Rotation): Promise<IssuedKey<R>> {
    const { key, ...made } = this.makeKey();
    const now = this.#deps.clock.now();
    const { old, record } = await this.#database.transact(async (db) => {
      const before = requireRotatable(await this.#lock(db, keyHash), { keyHash, now });
      const record = await this.#succeed(db, before, { ...made, now, createdBy });
      const end = new Date(now.getTime() + overlapMs);
      return { record, old: await this.#endOld(db, before, { end, replacedBy: record.keyHash }) };
    });
    this.known(old);
    return { key, record };
  }

  async #lock(db: Db, keyHash: string): Promise<R | undefined> {
    const { rows } = await sql<R>`SELECT ${this.columns} FROM ${this.#shape.table}
      WHERE key_hash = ${keyHash} FOR UPDATE`.execute(db);
    return rows[0];
  }

  /** Lives as long from now on as the old one did from its making. */
  async #succeed(
    db: Db,
    old: R,
    made: { keyHash: string; prefix: string; now: Date; createdBy: string },
  ): Promise<R> {
    const { table, own } = this.#shape;
    const lifetimeMs = old.expiresAt && old.expiresAt.getTime() - old.createdAt.getTime();
    const expiresAt = lifetimeMs === null ? null : new Date(made.now.getTime() + lifetimeMs);
    const { rows } = await sql<R>`
      INSERT INTO ${table} (key_hash, prefix, created_at, created_by, expires_at, ${own})
      SELECT ${made.keyHash}, ${made.prefix}, ${made.now}::timestamptz, ${made.createdBy},
        ${expiresAt}::timestamptz, ${own}
      FROM ${table} WHERE key_hash = ${old.keyHash}
      RETURNING ${this.columns}`.execute(db);
    return required(rows[0]);
  }

  async #endOld(db: Db, old: R, { end, replacedBy }: { end: Date; replacedBy: string }) {
    const { rows } = await sql<R>`
      UPDATE ${this.#shape.table}
      SET expires_at = least(expires_at, ${end}::timestamptz), replaced_by = ${replacedBy}
      WHERE key_hash = ${old.keyHash} RETURNING ${this.columns}`.execute(db);
    return required(rows[0]);
  }

  async #read(keyHash: string): Promise<R | undefined> {
    const [record] = await this.list(sql`key_hash = ${keyHash}`);
    return record;
  }

  /** At most once a minute, so that authentication hardly ever writes. */
  async #noteUse(record: R, now: Date): Promise<void> {
    const { keyHash, lastUsedAt } = record;
    if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < LAST_USED_STEP_MS) return;
    this.#cache.amend(record, { ...record, lastUsedAt: now });
    const before = new Date(now.getTime() - LAST_USED_STEP_MS);
    await this.#database.withOperator((db) =>
      sql`UPDATE ${this.#shape.table} SET last_used_at = ${now} WHERE key_hash = ${keyHash}
        AND (last_used_at IS NULL OR last_used_at <= ${before})`.execute(db),
    );
  }

  #hashOf(key: string): string {
    return createHmac('sha256', this.#deps.pepper).update(key).digest('hex');
  }
}

function opensAt({ revokedAt, expiresAt }: StoredKey, now: Date): boolean {
  return !revokedAt && (!expiresAt || expiresAt > now);
}

function requireRotatable<R extends StoredKey>(
  record: R | undefined,
  { keyHash, now }: { keyHash: string; now: Date },
): R {
  if (!record) throw absent(keyHash);
  if (record.replacedBy) {
    throw fail('key_ended', `The key ${record.prefix}… was rotated already.`, {
      hint: `Its successor has the hash ${record.replacedBy}; if nobody kept it, rotate that one.`,
      details: { replacedBy: record.replacedBy },
    });
  }
  if (opensAt(record, now)) return record;
  throw fail('key_ended', `The key ${record.prefix}… was revoked or has expired.`, {
    hint: 'Make a new key instead.',
  });
}

export function absent(keyHash: string): Error {
  return fail('key_absent', `There is no key with the hash '${keyHash.slice(0, 64)}'.`, {
    hint: 'Listing the keys shows their hashes.',
  });
}

function required<T>(row: T | undefined): T {
  if (row === undefined) throw fail('internal', 'a key vanished while it was being rotated');
  return row;
}
