import type { Field } from 'googlesql/field.ts';
import { AppError } from 'base/error.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { parseTypeName } from '../../../engine/flow/normalize/type-name.ts';
import { loadSpecOf } from '../../../engine/pipeline/spec/load-spec.ts';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import type { TenantConfig } from '../../../engine/pipeline/tenant-config.ts';
import { toField } from '../column-type.ts';
import { BOOKKEEPING } from '../dataset/bookkeeping.ts';

const TEXT = { type: 'STRING' } as const;
const LOAD_FIELDS: readonly Field[] = [
  { name: '_load_id', ...TEXT },
  { name: '_loaded_at', type: 'TIMESTAMP' },
];

/** Tables of the product that SQL of tenants may read. */
const READABLE = new Set(['_quarantine', '_convergence_loads']);

/** Tables with their columns, as far as the files of a tenant tell them; null: not known. */
export class KnownTables {
  readonly #tables = new Map<string, { name: string; fields: readonly Field[] | null }>();
  readonly #made = new Set<string>();

  declare(name: string, fields: readonly Field[] | null): void {
    const key = name.toLowerCase();
    const known = this.#tables.get(key)?.fields ?? null;
    this.#tables.set(key, { name, fields: fields ?? known });
  }

  /** What a transform makes. */
  add(name: string, fields: readonly Field[] | null): void {
    this.#tables.set(name.toLowerCase(), { name, fields });
    this.#made.add(name.toLowerCase());
  }

  isMade(name: string): boolean {
    return this.#made.has(name.toLowerCase());
  }

  names(): string[] {
    return [...this.#tables.values()].map(({ name }) => name);
  }

  fields(name: string): readonly Field[] | null {
    return this.#tables.get(name.toLowerCase())?.fields ?? null;
  }

  inDataset<Scope extends { project: string; dataset: string }>(scope: Scope) {
    return [...this.#tables.values()].flatMap(({ name, fields }) =>
      fields ? [{ ...scope, table: name, fields }] : [],
    );
  }
}

/** What sources load, with the columns that schemas declare. */
export function knownTables({ sources, schemas }: TenantConfig): KnownTables {
  const tables = new KnownTables();
  const schemaOf = (table: string) =>
    [...schemas.values()].find((schema) => schema.table === table);
  for (const { name, schema } of BOOKKEEPING) {
    if (READABLE.has(name)) tables.declare(name, (schema?.fields ?? []) as readonly Field[]);
  }
  for (const spec of schemas.values()) tables.declare(spec.table, fieldsOf(spec));
  for (const source of sources.values()) {
    for (const { name } of source.resources) {
      const { table, schemaFile } = loadSpecOf(source, name);
      const schema = schemas.get(schemaFile ?? '') ?? schemaOf(table);
      tables.declare(table, schema ? fieldsOf(schema) : null);
    }
  }
  return tables;
}

function fieldsOf({ columns }: TableSpec): readonly Field[] | null {
  try {
    const declared = columns.map(({ name, type }): Column => ({ name, type: parseTypeName(type) }));
    return [...declared.map(({ name, type }) => toField(name, type) as Field), ...LOAD_FIELDS];
  } catch (error) {
    // A type that is none is a problem of the schema file, told by whoever reads it.
    if (error instanceof AppError) return null;
    throw error;
  }
}
