import { valueText } from '../../../../engine/flow/check/rule-value.ts';
import type { Comparison } from '../../../../engine/flow/check/rule-value.ts';
import type { ColumnType } from '../../../../engine/flow/normalize/column.ts';
import type { Scalar } from '../../../../engine/pipeline/spec/scalar-spec.ts';
import { quoteText } from '../../sql-text.ts';

type Of = { readonly comparison: Comparison | null; readonly type: ColumnType };

/** A value as a literal in the type that a column is compared in; NULL when it is no such value. */
export function typedLiteral(value: NonNullable<Scalar>, { comparison, type }: Of): string {
  const text = comparison && valueText(value, comparison);
  if (text === null || comparison === null) return 'NULL';
  return WRITERS[comparison](text, type);
}

const WRITERS: Readonly<Record<Comparison, (text: string, type: ColumnType) => string>> = {
  number: numberLiteral,
  text: quoteText,
  boolean: (text) => text.toUpperCase(),
  date: (text) => `DATE ${quoteText(text)}`,
  time: (text) => `TIME ${quoteText(text)}`,
  timestamp: (text) => `DATETIME ${quoteText(text)}`,
  instant: (text) => `TIMESTAMP ${quoteText(text)}`,
};

/**
 * A FLOAT64 is compared with a FLOAT64; for exact numbers a literal with a point would be a FLOAT64
 * to GoogleSQL, and one of more than 19 digits none at all.
 */
function numberLiteral(text: string, { kind }: ColumnType): string {
  if (kind === 'double') return `CAST(${quoteText(text)} AS FLOAT64)`;
  return /^[+-]?\d{1,18}$/.test(text) ? text.replace('+', '') : `BIGNUMERIC ${quoteText(text)}`;
}
