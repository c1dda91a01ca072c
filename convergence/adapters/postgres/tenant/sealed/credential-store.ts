import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { fail } from '../../../../engine/error-codes.ts';
import type {
  CredentialRecord,
  CredentialStore,
  NewCredential,
} from '../../../../engine/tenant/kms/credential-store.ts';
import {
  credentialContext,
  openSealed,
  sealValue,
} from '../../../../engine/tenant/kms/envelope.ts';
import type { Kms } from '../../../../engine/tenant/kms/kms.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { SEALED_COLUMNS, sealedOf, sealedValues } from './sealed-row.ts';
import type { SealedRow } from './sealed-row.ts';

export interface CredentialStoreDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly kms: Kms;
}

const RECORD = sql`name, created_at AS "createdAt", rotated_at AS "rotatedAt",
  created_by AS "createdBy"`;

/** Credentials in `tenant_cloud_credentials`. */
export class PostgresCredentialStore implements CredentialStore {
  readonly #database: ControlDatabase;
  readonly #deps: CredentialStoreDeps;

  constructor(database: ControlDatabase, deps: CredentialStoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async putCredential(scope: TenantScope, { name, value, createdBy }: NewCredential) {
    const context = credentialContext(scope.tenantId, name);
    const sealed = await sealValue(value, context, this.#deps);
    const now = this.#deps.clock.now();
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<CredentialRecord & { created: boolean }>`
        INSERT INTO tenants.tenant_cloud_credentials AS c (tenant_id, name, created_at, created_by,
          kms_key, wrapped_data_key, wrapped_data_key_crc32c, ciphertext)
        SELECT tenant_id, ${name}, ${now}::timestamptz, ${createdBy}, ${sealedValues(sealed)}
        FROM tenants.tenant_profiles WHERE tenant_id = ${scope.tenantId}
        ON CONFLICT (tenant_id, name) DO UPDATE SET kms_key = excluded.kms_key,
          wrapped_data_key = excluded.wrapped_data_key,
          wrapped_data_key_crc32c = excluded.wrapped_data_key_crc32c,
          ciphertext = excluded.ciphertext, created_by = excluded.created_by,
          rotated_at = ${now}
        RETURNING ${RECORD}, rotated_at IS NULL AS created`.execute(db),
    );
    const [row] = rows;
    if (!row) throw fail('tenant_absent', `There is no tenant ${scope.tenantId}.`);
    const { created, ...record } = row;
    return { record, created };
  }

  async listCredentials(scope: TenantScope): Promise<readonly CredentialRecord[]> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<CredentialRecord>`
        SELECT ${RECORD} FROM tenants.tenant_cloud_credentials
        WHERE tenant_id = ${scope.tenantId} ORDER BY name`.execute(db),
    );
    return rows;
  }

  async deleteCredential(scope: TenantScope, name: string): Promise<void> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql`DELETE FROM tenants.tenant_cloud_credentials
        WHERE tenant_id = ${scope.tenantId} AND name = ${name} RETURNING name`.execute(db),
    );
    if (rows.length === 0) {
      throw fail('credential_absent', `There is no credential '${name.slice(0, 200)}'.`, {
        hint: 'Listing the credentials shows their names.',
      });
    }
  }

  async readSecret(scope: TenantScope, name: string): Promise<string> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<SealedRow>`
        SELECT ${SEALED_COLUMNS} FROM tenants.tenant_cloud_credentials
        WHERE tenant_id = ${scope.tenantId} AND name = ${name}`.execute(db),
    );
    const [row] = rows;
    if (!row) {
      throw fail('secret_absent', `there is no secret '${name.slice(0, 200)}'`, {
        hint: 'Put it into a file of that name in secrets/, or store it: convergence credential put',
      });
    }
    return await openSealed(sealedOf(row), credentialContext(scope.tenantId, name), this.#deps.kms);
  }

  async listSecrets(scope: TenantScope): Promise<string[]> {
    return (await this.listCredentials(scope)).map(({ name }) => name).toSorted();
  }
}
