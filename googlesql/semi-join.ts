import { rangeOf } from './script.ts';
import type { Node } from './script.ts';

/** `DELETE FROM target WHERE rest AND EXISTS (SELECT … FROM source WHERE condition)`, in its pieces. */
export interface SemiJoin {
  readonly target: string;
  /** Empty: it has no other name. */
  readonly alias: string;
  readonly source: string;
  readonly condition: string;
  readonly rest: readonly string[];
}

type Children = Readonly<Record<string, Node | undefined>>;

const PLAIN = ['having', 'qualify', 'group_by', 'window_clause'];

/**
 * The pieces of a DELETE that removes what another table has, so that it can be run as a join; null
 * for every other statement. `node` is a statement of zetasql.ASTScriptProto for `sql`.
 */
export function semiJoinOf(node: Node, sql: string): SemiJoin | null {
  const bytes = Buffer.from(sql);
  const text = (of: Node): string => {
    const { start, end } = rangeOf(of);
    return bytes.subarray(start, end).toString();
  };
  const {
    target_path: target,
    alias,
    where,
  } = (node['ast_delete_statement_node'] ?? {}) as Children;
  if (!target || !where) return null;
  const and = where['ast_and_expr_node'] as { readonly conjuncts?: readonly Node[] } | undefined;
  const conjuncts = and?.conjuncts ?? [where];
  const tests = conjuncts.map(existsIn);
  const at = tests.findIndex(Boolean);
  const exists = tests[at];
  if (!exists || tests.filter(Boolean).length > 1) return null;
  const identifier = (alias as Children | undefined)?.['identifier'];
  return {
    target: text(target),
    alias: identifier ? text(identifier) : '',
    source: text(exists.source),
    condition: text(exists.condition),
    rest: conjuncts.filter((_, index) => index !== at).map(text),
  };
}

function existsIn(conjunct: Node): { readonly source: Node; readonly condition: Node } | null {
  const subquery = conjunct['ast_expression_subquery_node'] as Node | undefined;
  if (subquery?.['modifier'] !== 'EXISTS') return null;
  const query = subquery['query'] as Children;
  const select = (query['query_expr']?.['ast_select_node'] ?? {}) as Children;
  const isMore = query['with_clause'] ?? query['limit_offset'] ?? PLAIN.find((key) => select[key]);
  const source = select['from_clause']?.['table_expression'] as Node | undefined;
  const condition = select['where_clause']?.['expression'] as Node | undefined;
  // An aggregate without GROUP BY gives a row for no rows: only constants are selected here.
  const columns = (select['select_list']?.['columns'] ?? []) as readonly Children[];
  const isConstant = columns.every((column) => column['expression']?.['ast_leaf_node']);
  return source && condition && isConstant && !isMore ? { source, condition } : null;
}
