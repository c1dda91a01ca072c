import { sql } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import type {
  AdminKeyRecord,
  AdminKeyStore,
  NewAdminKey,
} from '../../../../engine/tenant/key/admin-key-store.ts';
import type { IssuedKey, Rotation } from '../../../../engine/tenant/key/key-store.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { KeyTable } from './key-table.ts';
import type { KeyTableDeps } from './key-table.ts';

const KEY_PREFIX = 'cva_';

/** Keys in `convergence.admin_keys`. */
export class PostgresAdminKeyStore implements AdminKeyStore {
  readonly #database: ControlDatabase;
  readonly #deps: KeyTableDeps;
  readonly #keys: KeyTable<AdminKeyRecord>;

  constructor(database: ControlDatabase, deps: KeyTableDeps) {
    this.#database = database;
    this.#deps = deps;
    const table = sql`convergence.admin_keys`;
    const shape = { table, keyPrefix: KEY_PREFIX, own: sql`name`, ownAsRecord: sql`name` };
    this.#keys = new KeyTable(database, shape, deps);
  }

  async createKey(wanted: NewAdminKey): Promise<IssuedKey<AdminKeyRecord>> {
    const { key, keyHash, prefix } = this.#keys.makeKey();
    const { rows } = await this.#database.withOperator((db) =>
      sql<AdminKeyRecord>`
        INSERT INTO convergence.admin_keys
          (key_hash, prefix, name, created_at, created_by, expires_at)
        VALUES (${keyHash}, ${prefix}, ${wanted.name}, ${this.#deps.clock.now()}::timestamptz,
          ${wanted.createdBy}, ${wanted.expiresAt ?? null}::timestamptz)
        RETURNING ${this.#keys.columns}`.execute(db),
    );
    const [record] = rows;
    if (!record) throw fail('internal', 'an admin key was not written');
    return { key, record };
  }

  listKeys(): Promise<readonly AdminKeyRecord[]> {
    return this.#keys.list(sql`true`);
  }

  rotateKey(keyHash: string, rotation: Rotation): Promise<IssuedKey<AdminKeyRecord>> {
    return this.#keys.rotate(keyHash, rotation);
  }

  async revokeKey(keyHash: string, { keepOne }: { keepOne: boolean }): Promise<AdminKeyRecord> {
    const revoked = await this.#database.transact(async (db) => {
      const lasting = await lockLasting(db);
      const record = await this.#keys.revoke(db, keyHash);
      if (keepOne && lasting.every((other) => other === keyHash)) throw lastOne();
      return record;
    });
    return this.#keys.known(revoked);
  }

  async authenticate(key: string): Promise<AdminKeyRecord | null> {
    // Nothing else is looked up, so that guesses of another shape cost no statement.
    if (!key.startsWith(KEY_PREFIX)) return null;
    return (await this.#keys.findValid(key)) ?? null;
  }
}

/** Locked in one order: of two that are revoked at once, the second does not see the first. */
async function lockLasting(db: Db): Promise<string[]> {
  const { rows } = await sql<{ keyHash: string }>`
    SELECT key_hash AS "keyHash" FROM convergence.admin_keys
    WHERE revoked_at IS NULL AND expires_at IS NULL ORDER BY key_hash FOR UPDATE`.execute(db);
  return rows.map((row) => row.keyHash);
}

function lastOne(): Error {
  return fail('admin_key_last', 'No other admin key without an end would be left.', {
    hint: 'Make another first, or start the API with ADMIN_API_KEY; then revoke this one.',
  });
}
