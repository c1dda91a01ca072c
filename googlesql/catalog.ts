import { toTypeProto } from './field.ts';
import type { Field } from './field.ts';

/** A table that SQL may name. */
export interface SqlTable {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly Field[];
}

/** Where names without a project or a dataset are looked up. */
export interface NameScope {
  readonly project: string;
  readonly dataset?: string;
}

export interface Catalog {
  readonly name: string;
  readonly named_type?: readonly object[];
  readonly table: readonly object[];
  readonly catalog: readonly Catalog[];
}

/**
 * Names that BigQuery has for types besides those of ZetaSQL.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#integer_types
 */
const TYPE_ALIASES: readonly Field[] = [
  ...['INT', 'SMALLINT', 'INTEGER', 'BIGINT', 'TINYINT', 'BYTEINT'].map((name) => ({
    name,
    type: 'INT64',
  })),
  { name: 'DECIMAL', type: 'NUMERIC' },
  { name: 'BIGDECIMAL', type: 'BIGNUMERIC' },
];

/** `project.dataset.table` */
function fullName({ project, dataset, table }: Omit<SqlTable, 'fields'>): string {
  return `${project}.${dataset}.${table}`;
}

/**
 * Tables under every way in which SQL may write their path: with and without project and dataset,
 * quoted as one or in pieces. To ZetaSQL `a.b` in one pair of quotes is one name.
 */
export function buildCatalog(tables: readonly SqlTable[], scope: NameScope): Catalog {
  const root = new CatalogNode('');
  for (const table of tables) {
    for (const path of pathsOf(table, scope)) {
      for (const pieces of groupings(path)) root.add(pieces, table);
    }
  }
  const named_type = TYPE_ALIASES.map((alias) => ({ name: alias.name, type: toTypeProto(alias) }));
  return { ...root.toProto(), named_type };
}

function pathsOf({ project, dataset, table }: SqlTable, scope: NameScope): string[][] {
  const paths = [[project, dataset, table]];
  if (project === scope.project) {
    paths.push([dataset, table]);
    if (dataset === scope.dataset) paths.push([table]);
  }
  return paths;
}

/** a.b.c; `a.b`.c; a.`b.c`; `a.b.c` */
function groupings([first = '', ...rest]: readonly string[]): string[][] {
  if (rest.length === 0) return [[first]];
  return groupings(rest).flatMap(([next = '', ...more]) => [
    [first, next, ...more],
    [`${first}.${next}`, ...more],
  ]);
}

class CatalogNode {
  readonly #name: string;
  readonly #tables = new Map<string, object>();
  readonly #catalogs = new Map<string, CatalogNode>();

  constructor(name: string) {
    this.#name = name;
  }

  add([first = '', ...rest]: readonly string[], table: SqlTable): void {
    if (rest.length === 0) {
      this.#tables.set(first, tableProto(first, table));
      return;
    }
    const below = this.#catalogs.get(first) ?? new CatalogNode(first);
    this.#catalogs.set(first, below);
    below.add(rest, table);
  }

  toProto(): Catalog {
    return {
      name: this.#name,
      table: [...this.#tables.values()],
      catalog: [...this.#catalogs.values()].map((node) => node.toProto()),
    };
  }
}

function tableProto(name: string, table: SqlTable): object {
  const column = table.fields.map((field) => ({ name: field.name, type: toTypeProto(field) }));
  return { name, full_name: fullName(table), column };
}
