import type { TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import { fail } from '../../../engine/error-codes.ts';
import { authorMessage } from '../query/sql-invalid.ts';

/** An expression of the processing steps that parses, yet does not fit the columns, as `sql_invalid`. */
export function processingError(error: unknown, plan: TablePlan, table: string): unknown {
  if (plan.processing.length === 0 || !(error instanceof Error)) return error;
  if (!error.message.startsWith('Binder Error: ')) return error;
  const names = plan.columns.map(({ name }) => name).join(', ');
  return fail('sql_invalid', `processing_steps of table '${table}': ${authorMessage(error)}`, {
    hint: `A filter is a condition, a map a value, over the columns ${names}.`,
    cause: error,
  });
}
