/** One statement of a script. */
export interface SqlStatement {
  /** Such as `query`, `insert`, `begin`, `commit`, `create_table`, `variable_declaration`. */
  readonly kind: string;
  readonly sql: string;
  /** Offset of the statement in the script, in UTF-16 code units. */
  readonly start: number;
  /** Wherever a table may stand; a name of a WITH clause, or of a column to unnest, is among them. */
  readonly paths: readonly TablePath[];
  /** Names that WITH gives to queries. */
  readonly withNames: readonly string[];
  /** Of a view, or of a table that is made from a query: the text of that query. */
  readonly query: string | null;
}

export interface TablePath {
  /** Pieces between dots; what one pair of quotes holds is split at its dots. */
  readonly names: readonly string[];
  /** Offsets within the statement, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** Written, made or removed rather than read. */
  readonly isTarget: boolean;
  /** Has another name in the statement. */
  readonly hasAlias: boolean;
}

export type Node = Readonly<Record<string, unknown>>;

/** zetasql.ASTScriptProto. */
export interface ParsedScript {
  readonly statement_list_node?: { readonly statement_list?: readonly Node[] };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

export function readScript(sql: string, script: ParsedScript): readonly SqlStatement[] {
  const bytes = Buffer.from(sql);
  return (script.statement_list_node?.statement_list ?? []).map((node) => {
    const { start, end } = rangeOf(node);
    const at = (offset: number) => bytes.subarray(start, offset).toString().length;
    const paths: TablePath[] = [];
    walk(node, (path, how) => {
      const place = rangeOf(path);
      paths.push({ names: namesOf(path), start: at(place.start), end: at(place.end), ...how });
    });
    const source = sourceOf(node);
    const place = source && rangeOf(source);
    return {
      kind: kindOf(node),
      sql: bytes.subarray(start, end).toString(),
      start: bytes.subarray(0, start).toString().length,
      paths,
      withNames: withNamesIn(node),
      query: place ? bytes.subarray(place.start, place.end).toString() : null,
    };
  });
}

/** The query that a statement takes its rows or its columns from. */
function sourceOf(node: Node): Node | undefined {
  const { name, below } = within(node);
  return name === 'ast_query_statement_node' ? undefined : queryIn(below);
}

function queryIn(node: Node): Node | undefined {
  const parent = node.parent as Node | undefined;
  return (node.query ?? (parent && queryIn(parent))) as Node | undefined;
}

function within(node: Node): { readonly name: string; readonly below: Node } {
  let [name, below] = ['', node];
  while (typeof below.node === 'string') {
    name = below.node;
    below = below[name] as Node;
  }
  return { name, below };
}

function withNamesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = (value as Node).with_clause as { readonly with?: readonly Node[] } | undefined;
  const names = (entries?.with ?? []).map(({ alias }) => String((alias as Node).id_string));
  return [...names, ...Object.values(value).flatMap(withNamesIn)];
}

/** The innermost node's name, without what all of them have. */
function kindOf(node: Node): string {
  const kind = within(node).name;
  return kind.replace(/^ast_|_(statement_)?node$/g, '').replace(/_statement$/, '');
}

const READ = 'ast_table_path_expression_node';
const TARGETS = new Set(['target_path', 'name']);

type Found = (path: Node, how: Pick<TablePath, 'isTarget' | 'hasAlias'>) => void;

function walk(value: unknown, found: Found): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, below] of Object.entries(value as Node)) {
    if (typeof below !== 'object' || below === null) continue;
    const path = pathIn(key, below as Node);
    const holder = (key === READ ? below : value) as Node;
    if (path) found(path, { isTarget: key !== READ, hasAlias: Boolean(holder.alias) });
    walk(below, found);
  }
}

function pathIn(key: string, node: Node): Node | null {
  const inner = (key === READ ? node.path_expr : (node.ast_path_expression_node ?? node)) as
    | Node
    | undefined;
  const isPlace = key === READ || TARGETS.has(key);
  return isPlace && Array.isArray(inner?.names) && inner.names.length > 0 ? inner : null;
}

function namesOf(path: Node): string[] {
  const names = path.names as readonly { readonly id_string?: string }[];
  return names.flatMap(({ id_string: name = '' }) => name.split('.'));
}

/** A node's place is somewhere among its parents. */
export function rangeOf(node: Node): Range {
  const place = node.parse_location_range as Range | undefined;
  if (place) return place;
  const inside = typeof node.node === 'string' ? node.node : 'parent';
  return rangeOf(node[inside] as Node);
}
