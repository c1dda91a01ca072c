import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { randomKey } from 'base/id.ts';
import type { RandomBytes } from 'base/id.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { ApiKeyRecord, KeyStore } from '../../../engine/tenant/key-store.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase, Db } from '../control-database.ts';

export interface KeyStoreDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Secret under which keys are stored; without it a copy of the table gives no key away. */
  readonly pepper: string | Uint8Array;
  readonly randomBytes?: RandomBytes;
}

interface CachedKey {
  readonly record: ApiKeyRecord;
  readonly readAtMs: number;
}

/** A revocation in another process is effective when its record is read again. */
const CACHE_MS = 1_000;
const MAX_CACHED = 10_000;
const LAST_USED_STEP_MS = 60_000;
const KEY_PREFIX = 'cvg_';
const SHOWN_CHARACTERS = KEY_PREFIX.length + 6;

const RECORD = sql`key_hash AS "keyHash", prefix, tenant_id AS "tenantId", description,
  created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt",
  revoked_at AS "revokedAt"`;

/**
 * Keys in `tenant_api_keys`, found by their HMAC: no comparison in this process takes longer for a
 * better guess.
 */
export class PostgresKeyStore implements KeyStore {
  readonly #database: ControlDatabase;
  readonly #deps: KeyStoreDeps;
  readonly #cache = new Map<string, CachedKey>();

  constructor(database: ControlDatabase, deps: KeyStoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async createKey(scope: TenantScope, init: { description: string; expiresAt?: Date }) {
    const key = KEY_PREFIX + randomKey(32, this.#deps.randomBytes);
    const prefix = key.slice(0, SHOWN_CHARACTERS);
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<ApiKeyRecord>`
        INSERT INTO tenants.tenant_api_keys
          (key_hash, tenant_id, prefix, description, created_at, expires_at)
        SELECT ${this.#hashOf(key)}, tenant_id, ${prefix}, ${init.description},
          ${this.#deps.clock.now()}::timestamptz, ${init.expiresAt ?? null}::timestamptz
        FROM tenants.tenant_profiles WHERE tenant_id = ${scope.tenantId}
        RETURNING ${RECORD}`.execute(db),
    );
    const [record] = rows;
    if (!record) throw fail('tenant_absent', `There is no tenant ${scope.tenantId}.`);
    return { key, record };
  }

  async listKeys(tenantId?: string): Promise<readonly ApiKeyRecord[]> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<ApiKeyRecord>`
        SELECT ${RECORD} FROM tenants.tenant_api_keys
        ${tenantId === undefined ? sql`` : sql`WHERE tenant_id = ${tenantId}`}
        ORDER BY tenant_id, created_at, key_hash`.execute(db),
    );
    return rows;
  }

  async revokeKey(keyHash: string): Promise<ApiKeyRecord> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<ApiKeyRecord>`
        UPDATE tenants.tenant_api_keys
        SET revoked_at = coalesce(revoked_at, ${this.#deps.clock.now()})
        WHERE key_hash = ${keyHash} RETURNING ${RECORD}`.execute(db),
    );
    const [record] = rows;
    if (!record)
      throw fail('key_absent', `There is no API key with hash '${keyHash.slice(0, 64)}'.`);
    this.#remember(record);
    return record;
  }

  async authenticate(key: string): Promise<TenantScope> {
    const record = await this.#findKey(this.#hashOf(key));
    const now = this.#deps.clock.now();
    if (!record || record.revokedAt || (record.expiresAt && record.expiresAt <= now)) {
      throw fail('key_invalid', 'The API key is unknown, expired or revoked.', {
        hint: 'Ask for a new key; keys begin with cvg_.',
      });
    }
    await this.#noteUse(record, now);
    return tenantScope(record.tenantId);
  }

  async #findKey(keyHash: string): Promise<ApiKeyRecord | undefined> {
    const cached = this.#cache.get(keyHash);
    // Before the statement: what is revoked while it runs may or may not be in its answer.
    const readAtMs = this.#deps.clock.now().getTime();
    if (cached && readAtMs - cached.readAtMs < CACHE_MS) return cached.record;
    const { rows } = await this.#database.withOperator((db) => readKey(db, keyHash));
    const [record] = rows;
    if (!record) return undefined;
    // A revocation in this process during the statement has put a newer record there.
    const newer = this.#cache.get(keyHash)?.record.revokedAt;
    if (!newer) this.#remember(record, readAtMs);
    return newer ? { ...record, revokedAt: newer } : record;
  }

  #remember(record: ApiKeyRecord, readAtMs = this.#deps.clock.now().getTime()): void {
    this.#cache.delete(record.keyHash);
    this.#cache.set(record.keyHash, { record, readAtMs });
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > MAX_CACHED && oldest !== undefined) this.#cache.delete(oldest);
  }

  /** At most once a minute, so that authentication hardly ever writes. */
  async #noteUse(record: ApiKeyRecord, now: Date): Promise<void> {
    const { keyHash, lastUsedAt } = record;
    if (lastUsedAt && now.getTime() - lastUsedAt.getTime() < LAST_USED_STEP_MS) return;
    const cached = this.#cache.get(keyHash);
    if (cached)
      this.#cache.set(keyHash, { ...cached, record: { ...cached.record, lastUsedAt: now } });
    const before = new Date(now.getTime() - LAST_USED_STEP_MS);
    await this.#database.withOperator((db) =>
      sql`UPDATE tenants.tenant_api_keys SET last_used_at = ${now} WHERE key_hash = ${keyHash}
        AND (last_used_at IS NULL OR last_used_at <= ${before})`.execute(db),
    );
  }

  #hashOf(key: string): string {
    return createHmac('sha256', this.#deps.pepper).update(key).digest('hex');
  }
}

function readKey(db: Db, keyHash: string) {
  return sql<ApiKeyRecord>`
    SELECT ${RECORD} FROM tenants.tenant_api_keys WHERE key_hash = ${keyHash}`.execute(db);
}
