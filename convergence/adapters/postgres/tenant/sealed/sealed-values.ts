import { sql } from 'kysely';
import type { Clock } from 'base/clock.ts';
import { openSealed, platformContext, sealValue } from '../../../../engine/tenant/kms/envelope.ts';
import type { Kms } from '../../../../engine/tenant/kms/kms.ts';
import type { SealedValues } from '../../../../engine/tenant/kms/sealed-values.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { SEALED_COLUMNS, sealedOf, sealedValues } from './sealed-row.ts';
import type { SealedRow } from './sealed-row.ts';

export interface SealedValuesDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly kms: Kms;
}

/** Values in `convergence.sealed_values`. */
export class PostgresSealedValues implements SealedValues {
  readonly #database: ControlDatabase;
  readonly #deps: SealedValuesDeps;

  constructor(database: ControlDatabase, deps: SealedValuesDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  async read(name: string): Promise<string | undefined> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<SealedRow>`
        SELECT ${SEALED_COLUMNS} FROM convergence.sealed_values WHERE name = ${name}`.execute(db),
    );
    const [row] = rows;
    return row && (await openSealed(sealedOf(row), platformContext(name), this.#deps.kms));
  }

  async keep(name: string, value: string): Promise<string> {
    await this.#write(name, value, sql`DO NOTHING`);
    return (await this.read(name)) ?? value;
  }

  async replace(name: string, value: string): Promise<void> {
    const change = sql`(name) DO UPDATE SET kms_key = excluded.kms_key,
      wrapped_data_key = excluded.wrapped_data_key,
      wrapped_data_key_crc32c = excluded.wrapped_data_key_crc32c,
      ciphertext = excluded.ciphertext`;
    await this.#write(name, value, change);
  }

  async #write(name: string, value: string, onConflict: ReturnType<typeof sql>): Promise<void> {
    const sealed = await sealValue(value, platformContext(name), this.#deps);
    await this.#database.withOperator((db) =>
      sql`
        INSERT INTO convergence.sealed_values (name, created_at,
          kms_key, wrapped_data_key, wrapped_data_key_crc32c, ciphertext)
        VALUES (${name}, ${this.#deps.clock.now()}::timestamptz, ${sealedValues(sealed)})
        ON CONFLICT ${onConflict}`.execute(db),
    );
  }
}
