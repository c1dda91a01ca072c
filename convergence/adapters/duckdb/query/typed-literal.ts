import { valueText } from '../../../engine/flow/check/rule-value.ts';
import type { Comparison } from '../../../engine/flow/check/rule-value.ts';
import type { Scalar } from '../../../engine/pipeline/spec/scalar-spec.ts';
import { literal } from '../run-sql.ts';

/** A value as a literal in the type that a column is compared in; NULL when it is no such value. */
export function typedLiteral(value: NonNullable<Scalar>, comparison: Comparison | null): string {
  const text = comparison && valueText(value, comparison);
  if (text === null || comparison === null) return 'NULL';
  if (comparison === 'number' || comparison === 'boolean') return text;
  if (comparison === 'text') return literal(text);
  const type = comparison === 'instant' ? 'TIMESTAMPTZ' : comparison.toUpperCase();
  return `${type} ${literal(text)}`;
}
