import { sql } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import { KEY_SCOPES } from '../../../../engine/tenant/key/key-scope.ts';
import type {
  ApiKeyRecord,
  IssuedKey,
  KeyStore,
  NewApiKey,
  Rotation,
} from '../../../../engine/tenant/key/key-store.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { absent, KeyTable } from './key-table.ts';
import type { KeyTableDeps } from './key-table.ts';

/** Keys in `tenant_api_keys`. */
export class PostgresKeyStore implements KeyStore {
  readonly #database: ControlDatabase;
  readonly #deps: KeyTableDeps;
  readonly #keys: KeyTable<ApiKeyRecord>;

  constructor(database: ControlDatabase, deps: KeyTableDeps) {
    this.#database = database;
    this.#deps = deps;
    const shape = {
      table: sql`tenants.tenant_api_keys`,
      keyPrefix: 'cvg_',
      own: sql`tenant_id, description, scopes`,
      ownAsRecord: sql`tenant_id AS "tenantId", description, scopes`,
    };
    this.#keys = new KeyTable(database, shape, deps);
  }

  createKey(scope: TenantScope, wanted: NewApiKey): Promise<IssuedKey<ApiKeyRecord>> {
    return this.#database.withTenant(scope, (db) => this.#insert(db, scope, wanted));
  }

  createFirstKey(scope: TenantScope, wanted: NewApiKey) {
    return this.#database.withTenant(scope, async (db) => {
      await sql`SELECT FROM tenants.tenant_profiles WHERE tenant_id = ${scope.tenantId}
        FOR NO KEY UPDATE`.execute(db);
      const { rows } = await sql`SELECT FROM tenants.tenant_api_keys
        WHERE tenant_id = ${scope.tenantId} AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > ${this.#deps.clock.now()}) LIMIT 1`.execute(db);
      return rows.length > 0 ? null : await this.#insert(db, scope, wanted);
    });
  }

  listKeys(tenantId?: string): Promise<readonly ApiKeyRecord[]> {
    return this.#keys.list(tenantId === undefined ? sql`true` : sql`tenant_id = ${tenantId}`);
  }

  async getKey(keyHash: string): Promise<ApiKeyRecord> {
    const [record] = await this.#keys.list(sql`key_hash = ${keyHash}`);
    if (!record) throw absent(keyHash);
    return record;
  }

  rotateKey(keyHash: string, rotation: Rotation): Promise<IssuedKey<ApiKeyRecord>> {
    return this.#keys.rotate(keyHash, rotation);
  }

  async revokeKey(keyHash: string): Promise<ApiKeyRecord> {
    const revoke = this.#database.withOperator((db) => this.#keys.revoke(db, keyHash));
    return this.#keys.known(await revoke);
  }

  async #insert(db: Db, { tenantId }: TenantScope, wanted: NewApiKey) {
    const { key, keyHash, prefix } = this.#keys.makeKey();
    const { description, scopes = KEY_SCOPES, expiresAt = null, createdBy = 'admin' } = wanted;
    const { rows } = await sql<ApiKeyRecord>`
      INSERT INTO tenants.tenant_api_keys
        (key_hash, tenant_id, prefix, description, scopes, created_by, created_at, expires_at)
      SELECT ${keyHash}, tenant_id, ${prefix}, ${description}, ${[...scopes]}::text[],
        ${createdBy}, ${this.#deps.clock.now()}::timestamptz, ${expiresAt}::timestamptz
      FROM tenants.tenant_profiles WHERE tenant_id = ${tenantId}
      RETURNING ${this.#keys.columns}`.execute(db);
    const [record] = rows;
    if (!record) throw fail('tenant_absent', `There is no tenant ${tenantId}.`);
    return { key, record };
  }

  async authenticate(key: string): Promise<ApiKeyRecord> {
    const record = await this.#keys.findValid(key);
    if (record) return record;
    throw fail('key_invalid', 'The API key is unknown, expired or revoked.', {
      hint: 'Ask for a new key; keys begin with cvg_.',
    });
  }
}
