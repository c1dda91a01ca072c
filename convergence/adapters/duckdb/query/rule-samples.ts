import { DuckDBListValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { isRowRule } from '../../../engine/pipeline/check-spec.ts';
import type { Rule, RowRule } from '../../../engine/pipeline/check-spec.ts';
import { identifier } from '../run-sql.ts';
import { unexpectedRows } from './find-rule-problems.ts';
import type { RuleInput } from './find-rule-problems.ts';
import { findColumn } from './rule-problem.ts';
import { rowRuleFails, testedValues, textOf } from './rule-sql.ts';

const MAX_SAMPLES = 5;
/** Many failing values are the same; among this many, five that differ are likely. */
const CANDIDATES = 100;
const MAX_CHARACTERS = 200;

/**
 * Up to five different failing values of each rule, the smallest as text, so that the same table
 * gives the same samples: one scan for all row rules, one statement for each other.
 */
export async function readSamples(
  connection: DuckDBConnection,
  input: RuleInput,
): Promise<ReadonlyMap<Rule, string[]>> {
  const samples = new Map<Rule, string[]>();
  const rowRules = input.rules.filter(isRowRule);
  if (rowRules.length > 0) {
    const lists = rowRules.map((rule) => rowSamples(rule, input)).join(',\n');
    const row = await readColumns(connection, `SELECT ${lists} FROM ${identifier(input.table)}`);
    rowRules.forEach((rule, index) => samples.set(rule, row[index]?.slice(0, MAX_SAMPLES) ?? []));
  }
  for (const rule of input.rules.filter((rule) => !isRowRule(rule))) {
    const sql = sampleQuery(rule, input);
    if (sql === null) continue;
    const [values = []] = await readColumns(connection, `SELECT list(v) FROM (${sql})`);
    samples.set(rule, values);
  }
  return samples;
}

function rowSamples(rule: RowRule, { columns }: RuleInput): string {
  const column = findColumn(columns, rule.column);
  if (!column || rule.rule === 'not_be_null') return 'NULL';
  const value = `left(${textOf(column)}, ${MAX_CHARACTERS})`;
  const failing = `CASE WHEN ${rowRuleFails(rule, columns)} THEN ${value} END`;
  return `list_sort(list_distinct(min(${failing}, ${CANDIDATES})))`;
}

function sampleQuery(rule: Rule, { table, columns }: RuleInput): string | null {
  if (rule.rule === 'unexpected_rows_query') {
    return `SELECT left(CAST(to_json(r) AS VARCHAR), ${MAX_CHARACTERS}) AS v
      FROM (${unexpectedRows(rule, table)}\n) AS r LIMIT ${MAX_SAMPLES}`;
  }
  const column = rule.rule === 'be_unique' ? findColumn(columns, rule.column) : undefined;
  if (rule.rule !== 'be_unique' || !column) return null;
  return `SELECT left(${textOf(column)}, ${MAX_CHARACTERS}) AS v FROM ${identifier(table)}
    WHERE ${testedValues(rule)} GROUP BY ${identifier(column.name)}
    HAVING count(*) > 1 ORDER BY v LIMIT ${MAX_SAMPLES}`;
}

async function readColumns(connection: DuckDBConnection, sql: string): Promise<string[][]> {
  const reader = await connection.runAndReadAll(sql);
  return (reader.getRows()[0] ?? []).map(textsOf);
}

function textsOf(value: DuckDBValue): string[] {
  return value instanceof DuckDBListValue ? value.items.map(String) : [];
}
