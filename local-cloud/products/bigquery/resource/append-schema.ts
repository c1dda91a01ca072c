import type { Field } from 'googlesql/field.ts';
import { orderFields } from './table.ts';
import type { SchemaField } from './schema.ts';

interface Appending {
  /** Such as ALLOW_FIELD_ADDITION. */
  readonly options: readonly string[];
  readonly path: string;
  readonly refuse: (why: string) => never;
}

/** The schema of a table after rows with these columns were added to it. */
export function appendSchema(
  before: readonly SchemaField[],
  fields: readonly Field[],
  { options, path, refuse }: Appending,
): SchemaField[] {
  const byName = new Map(before.map((field) => [field.name.toLowerCase(), field]));
  const given = new Set(fields.map(({ name }) => name.toLowerCase()));
  const missing = before.find(
    ({ name, mode }) => mode === 'REQUIRED' && !given.has(name.toLowerCase()),
  );
  if (missing) refuse(`Field ${path}${missing.name} is missing in new schema`);
  const merged = fields.map((field) => {
    const old = byName.get(field.name.toLowerCase());
    const name = `${path}${field.name}`;
    if (old) return mergeField(old, field, { options, path: name, refuse });
    if (options.includes('ALLOW_FIELD_ADDITION')) return field;
    return refuse(`Cannot add fields (field: ${name})`);
  });
  return orderFields(before, merged);
}

function mergeField(old: SchemaField, field: Field, appending: Appending): SchemaField {
  const { options, path, refuse } = appending;
  if (old.type !== field.type)
    return refuse(`Field ${path} has changed type from ${old.type} to ${field.type}`);
  if ((old.mode === 'REPEATED') !== (field.mode === 'REPEATED'))
    return refuse(`Field ${path} has changed mode from ${old.mode} to ${field.mode}`);
  const isRelaxed = old.mode === 'REQUIRED' && field.mode === 'NULLABLE';
  const mode = isRelaxed && options.includes('ALLOW_FIELD_RELAXATION') ? 'NULLABLE' : old.mode;
  const below = { ...appending, path: `${path}.` };
  return {
    ...old,
    ...(mode === undefined ? {} : { mode }),
    ...(old.fields ? { fields: appendSchema(old.fields, field.fields ?? [], below) } : {}),
  };
}

/** What rows depend on: two schemas with the same shape have the same rows. */
export function shapeOf(fields: readonly Field[]): string {
  const shape = ({ name, type, mode, fields: below = [] }: Field): unknown => [
    name.toLowerCase(),
    type,
    mode === 'REPEATED',
    below.map(shape),
  ];
  return JSON.stringify(fields.map(shape));
}
