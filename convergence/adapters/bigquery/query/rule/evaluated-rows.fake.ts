import type { GoogleSql } from 'googlesql/googlesql.ts';
import { GoogleSqlError } from 'googlesql/googlesql-error.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { JobFailed } from '../../client/translate-error.ts';
import { checkSelect } from '../select/select-gate.ts';
import type { RowReader, SqlRow } from './measure-rules.ts';

/** zetasql.ValueProto as proto-loader gives it: the name of the field that is set, beside the field. */
interface Value {
  readonly value?: string;
  readonly [field: string]: unknown;
}

interface Answer {
  readonly content?: {
    readonly table_data?: { readonly row?: readonly { readonly cell: readonly Value[] }[] };
  };
}

/** Runs queries on Google's reference implementation, over tables that a WITH clause makes. */
export function evaluatedRows(googleSql: GoogleSql, tables: string): RowReader {
  const readRow = async (sql: string): Promise<SqlRow> => {
    checkSelect({ sql });
    const request = {
      ...googleSql.setting({ project: 'p', dataset: 'd', tables: [] }),
      sql: `WITH ${tables}\n${sql}`,
    };
    try {
      const { content } = (await googleSql.call('EvaluateQuery', request)) as Answer;
      return (content?.table_data?.row?.[0]?.cell ?? []).map(plain);
    } catch (error) {
      if (!(error instanceof GoogleSqlError)) throw error;
      const cause = new JobFailed({ reason: 'invalidQuery', message: error.message });
      throw fail('sql_invalid', error.message, { cause });
    }
  };
  return { readRow };
}

function plain(value: Value): SqlRow[number] {
  if (value.value === undefined) return null;
  const held = value[value.value];
  if (value.value !== 'array_value') return String(held);
  const { element = [] } = held as { readonly element?: readonly Value[] };
  return element.map((one) => plain(one) as string | null);
}
