import { fail } from '../../error-codes.ts';
import type { PublishRequest } from '../warehouse.ts';

/**
 * The request of a merge with its key columns as the table names them; a config may name them as the
 * source does.
 * @throws primary_key_missing
 */
export function withMergeKey(request: PublishRequest): PublishRequest {
  const { table, primaryKey, plan } = request;
  const keys = primaryKey.map((key) =>
    plan.columns.find(({ name, source }) => name === key || source === key),
  );
  const absent = primaryKey.filter((_, index) => !keys[index]);
  if (primaryKey.length > 0 && absent.length === 0) {
    return { ...request, primaryKey: keys.flatMap((column) => (column ? [column.name] : [])) };
  }
  const what = primaryKey.length === 0 ? 'no primary key' : `no column '${absent.join("', '")}'`;
  throw fail('primary_key_missing', `a merge into table '${table}' has ${what}`, {
    hint: `Set primary_key to columns of the data: ${plan.columns.map(({ name }) => name).join(', ')}.`,
    details: { table, primaryKey },
  });
}

/** Why a batch in which rows have no key is not merged. */
export function rowsWithoutKey({ table, primaryKey }: PublishRequest, rows: number): Error {
  return fail(
    'primary_key_missing',
    `${rows} rows for table '${table}' have no ${primaryKey.join(' and ')}`,
    {
      hint: 'Add a not_be_null rule on the key to quarantine such rows, or choose another key.',
      details: { table, primaryKey, rows },
    },
  );
}
