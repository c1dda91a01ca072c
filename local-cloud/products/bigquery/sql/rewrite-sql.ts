import type { SqlStatement } from 'googlesql/script.ts';
import { sqlName } from '../resource/reference.ts';
import type { PlacedTable } from './script-scope.ts';

/**
 * The statement with each table under one quoted name: the reference implementation has contents only
 * for tables of the root of its catalog. What was the name of the table in the statement stays it.
 */
export function rewriteSql({ sql, kind }: SqlStatement, placed: readonly PlacedTable[]): string {
  let rewritten = sql;
  for (const { path, reference } of placed.toSorted((a, b) => b.path.start - a.path.start)) {
    const quoted = `\`${sqlName(reference)}\``;
    const isInserted = kind === 'insert' && path.isTarget;
    const alias = path.hasAlias || isInserted ? '' : ` AS \`${path.names.at(-1)}\``;
    rewritten = `${rewritten.slice(0, path.start)}${quoted}${alias}${rewritten.slice(path.end)}`;
  }
  return rewritten;
}

/** Blanks for all before the statement, so that places in it are those in the script. */
export function padStatement(script: string, { sql, start }: SqlStatement): string {
  return script.slice(0, start).replace(/[^\n]/g, ' ') + sql;
}
