import type { TableField } from '@google-cloud/bigquery';

const NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
};

/** The type of a column as GoogleSQL writes it, such as `ARRAY<STRUCT<id INT64>>`. */
export function typeText(field: TableField): string {
  if (field.mode === 'REPEATED') return `ARRAY<${typeText({ ...field, mode: 'NULLABLE' })}>`;
  const type = (field.type ?? '').toUpperCase();
  if (type === 'RECORD' || type === 'STRUCT') {
    const fields = (field.fields ?? []).map((one) => `${one.name} ${typeText(one)}`);
    return `STRUCT<${fields.join(', ')}>`;
  }
  const { precision, scale } = field;
  const digits =
    precision === undefined ? '' : `(${[precision, scale].filter(Boolean).join(', ')})`;
  return (NAMES[type] ?? type) + digits;
}
