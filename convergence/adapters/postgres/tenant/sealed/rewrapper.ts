import { AppError } from 'base/error.ts';
import { sql } from 'kysely';
import {
  credentialContext,
  platformContext,
  rewrapKey,
} from '../../../../engine/tenant/kms/envelope.ts';
import type { Kms } from '../../../../engine/tenant/kms/kms.ts';
import type { Rewrapper, RewrapReport } from '../../../../engine/tenant/kms/sealed-values.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { wrappedKeyOf } from './sealed-row.ts';
import type { SealedRow } from './sealed-row.ts';

interface OldRow extends Omit<SealedRow, 'ciphertext'> {
  readonly tenant_id: string;
  readonly name: string;
}

/** Values of the platform count as those of a tenant without a name, which no tenant has. */
const EVERY_SEALED = sql`(
  SELECT tenant_id, name, kms_key, wrapped_data_key, wrapped_data_key_crc32c
  FROM tenants.tenant_cloud_credentials
  UNION ALL
  SELECT '', name, kms_key, wrapped_data_key, wrapped_data_key_crc32c
  FROM convergence.sealed_values)`;

const BATCH = 100;

/**
 * Each row says under which master key it is, so there is no other state: what was not done is
 * found again, whoever does it and whatever ended the last attempt.
 */
export class PostgresRewrapper implements Rewrapper {
  readonly #database: ControlDatabase;
  readonly #kms: Kms;

  constructor(database: ControlDatabase, kms: Kms) {
    this.#database = database;
    this.#kms = kms;
  }

  async rewrapAll(): Promise<RewrapReport> {
    const newest = (await this.#kms.listVersions()).at(-1)?.version ?? '';
    const refused: string[] = [];
    let rewrapped = 0;
    for (let after: OldRow | undefined; ;) {
      const rows = await this.#readBatch(newest, after);
      for (const row of rows) {
        if (await this.#rewrap(row)) rewrapped++;
        else refused.push(contextOf(row));
      }
      after = rows.at(-1);
      if (rows.length < BATCH) return { rewrapped, refused };
    }
  }

  async countByVersion(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ kms_key: string; count: number }>`
        SELECT kms_key, count(*)::integer AS count FROM ${EVERY_SEALED} AS s
        GROUP BY kms_key`.execute(db),
    );
    return new Map(rows.map(({ kms_key, count }) => [kms_key, count]));
  }

  async #readBatch(newest: string, after: OldRow | undefined): Promise<readonly OldRow[]> {
    const { tenant_id = '', name = '' } = after ?? {};
    const { rows } = await this.#database.withOperator((db) =>
      sql<OldRow>`
        SELECT tenant_id, name, kms_key, wrapped_data_key, wrapped_data_key_crc32c::float8 AS crc32c
        FROM ${EVERY_SEALED} AS s
        WHERE kms_key <> ${newest} AND (tenant_id, name) > (${tenant_id}, ${name})
        ORDER BY tenant_id, name LIMIT ${BATCH}`.execute(db),
    );
    return rows;
  }

  /** False when it cannot be decrypted; what was stored anew meanwhile stays as it is. */
  async #rewrap(row: OldRow): Promise<boolean> {
    const old = wrappedKeyOf(row);
    const wrapped = await rewrapKey(old, contextOf(row), this.#kms).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'kms_refused') return undefined;
      throw error;
    });
    if (!wrapped) return false;
    const place =
      row.tenant_id === ''
        ? sql`convergence.sealed_values SET`
        : sql`tenants.tenant_cloud_credentials SET`;
    const owner = row.tenant_id === '' ? sql`true` : sql`tenant_id = ${row.tenant_id}`;
    await this.#database.withOperator((db) =>
      sql`UPDATE ${place} kms_key = ${wrapped.version},
          wrapped_data_key = ${Buffer.from(wrapped.ciphertext)}::bytea,
          wrapped_data_key_crc32c = ${wrapped.crc32c}::bigint
        WHERE ${owner} AND name = ${row.name}
          AND wrapped_data_key = ${Buffer.from(old.ciphertext)}::bytea`.execute(db),
    );
    return true;
  }
}

function contextOf({ tenant_id, name }: OldRow): string {
  return tenant_id === '' ? platformContext(name) : credentialContext(tenant_id, name);
}
