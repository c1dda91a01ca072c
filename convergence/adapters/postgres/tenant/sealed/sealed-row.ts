import { sql } from 'kysely';
import type { Sealed } from '../../../../engine/tenant/kms/envelope.ts';
import type { WrappedKey } from '../../../../engine/tenant/kms/kms.ts';

export interface SealedRow {
  readonly kms_key: string;
  readonly wrapped_data_key: Uint8Array;
  readonly crc32c: number;
  readonly ciphertext: Uint8Array;
}

/** Cast because `pg` gives int8 as text. */
export const SEALED_COLUMNS = sql`kms_key, wrapped_data_key,
  wrapped_data_key_crc32c::float8 AS crc32c, ciphertext`;

export function wrappedKeyOf(row: Omit<SealedRow, 'ciphertext'>): WrappedKey {
  return { version: row.kms_key, ciphertext: row.wrapped_data_key, crc32c: row.crc32c };
}

export function sealedOf(row: SealedRow): Sealed {
  return { wrappedKey: wrappedKeyOf(row), ciphertext: row.ciphertext };
}

/** Values of kms_key, wrapped_data_key, wrapped_data_key_crc32c and ciphertext, in this order. */
export function sealedValues({ wrappedKey, ciphertext }: Sealed) {
  return sql`${wrappedKey.version}, ${Buffer.from(wrappedKey.ciphertext)}::bytea,
    ${wrappedKey.crc32c}::bigint, ${Buffer.from(ciphertext)}::bytea`;
}
