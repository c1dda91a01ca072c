import { AppError } from 'base/error.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { isRowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import type { Rule } from '../../../engine/pipeline/spec/check-spec.ts';
import { identifier } from '../run-sql.ts';
import { checkExpression } from './check-expression.ts';
import { ruleProblem } from '../../../engine/flow/check/rule-problem.ts';
import { rowRuleFails, testedValues } from './rule-sql.ts';
import { checkSelect } from './select-gate.ts';
import { authorMessage } from './sql-invalid.ts';

export interface RuleInput {
  readonly table: string;
  /** All of the table, `_load_id` and `_loaded_at` too. */
  readonly columns: readonly Column[];
  readonly rules: readonly Rule[];
}

/**
 * The rules that cannot be measured on a table (or view, or staging table), and why: a column that
 * is missing or has the wrong type, SQL that has an error or is not allowed. No row is read. The
 * SQL of the other rules may be put into a statement.
 */
export async function findRuleProblems(
  connection: DuckDBConnection,
  input: RuleInput,
): Promise<ReadonlyMap<Rule, string>> {
  const problems = new Map<Rule, string>();
  for (const rule of input.rules) {
    const problem = ruleProblem(rule, input.columns) ?? (await sqlProblem(connection, rule, input));
    if (problem !== null) problems.set(rule, problem);
  }
  return problems;
}

async function sqlProblem(
  connection: DuckDBConnection,
  rule: Rule,
  { table, columns }: RuleInput,
): Promise<string | null> {
  return problemOf(async () => {
    if (rule.rule === 'unexpected_rows_query') {
      await checkSelect(connection, unexpectedRows(rule, table));
    }
    if (!('row_condition' in rule) && rule.rule !== 'match_regex') return;
    if (rule.row_condition !== undefined) await checkExpression(connection, rule.row_condition);
    const condition = isRowRule(rule) ? rowRuleFails(rule, columns) : testedValues(rule);
    const bound = await connection
      .prepare(`SELECT ${condition} FROM ${identifier(table)}`)
      .catch((error: unknown) => {
        throw regexProblem(rule, error);
      });
    bound.destroySync();
  });
}

function regexProblem(rule: Rule, error: unknown): unknown {
  const isRegex = rule.rule === 'match_regex' && rule.row_condition === undefined;
  const message = isRegex ? authorMessage(error) : null;
  return message === null ? error : fail('sql_invalid', `the regex does not compile: ${message}`);
}

/** The query of a rule over a table; `{batch}` stands for it. */
export function unexpectedRows({ query }: { query: string }, table: string): string {
  return query.replaceAll('{batch}', () => identifier(table)).replace(/[;\s]+$/, '');
}

/** What is wrong with SQL of the tenant that `work` uses; null when it works. */
export async function problemOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('sql_')) return error.message;
    const problem = authorMessage(error);
    if (problem === null) throw error;
    return problem;
  }
}
