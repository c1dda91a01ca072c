import { DuckDBListValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Measurement } from '../../../engine/flow/check/measurement.ts';
import { observedValue } from '../../../engine/flow/check/observed-value.ts';
import { isRowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import type { Rule, RowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import { identifier } from '../run-sql.ts';
import { findRuleProblems, problemOf, unexpectedRows } from './find-rule-problems.ts';
import type { RuleInput } from './find-rule-problems.ts';
import { findColumn } from '../../../engine/flow/check/rule-problem.ts';
import { rowRuleFails, rowRuleTested, testedValues, textOf } from './rule-sql.ts';

export interface MeasureInput extends RuleInput {
  /** What the age of the newest value is taken against. */
  readonly now: Date;
}

type Counted = Pick<Measurement, 'rowsTested' | 'rowsFailed' | 'observed' | 'problem'>;

const NOTHING: Counted = { rowsTested: 0, rowsFailed: 0, observed: null };

/**
 * Measures rules on a table: one scan for all that look at rows or aggregate columns, one statement
 * for each `be_unique` and `unexpected_rows_query`, and one more scan for samples when rows failed.
 * A rule that cannot be measured gets a `problem` and leaves the others alone.
 */
export async function measureRules(
  connection: DuckDBConnection,
  input: MeasureInput,
): Promise<Measurement[]> {
  const problems = await findRuleProblems(connection, input);
  const sound = { ...input, rules: input.rules.filter((rule) => !problems.has(rule)) };
  const counted = new Map<Rule, Counted>();
  for (const [rule, problem] of problems) counted.set(rule, { ...NOTHING, problem });
  await scanTable(connection, sound, counted);
  for (const rule of sound.rules) await measureAlone(connection, { ...input, rule }, counted);
  const samples = await readSamples(connection, {
    ...input,
    rules: sound.rules.filter((rule) => (counted.get(rule)?.rowsFailed ?? 0) > 0),
  });
  return input.rules.map((rule) => ({
    rule,
    ...(counted.get(rule) ?? NOTHING),
    samples: samples.get(rule) ?? [],
  }));
}

/**
 * An expression that breaks on a value (a cast in a row_condition) breaks the scan; then each rule
 * is measured by itself to find the one.
 */
async function scanTable(
  connection: DuckDBConnection,
  input: MeasureInput,
  counted: Map<Rule, Counted>,
): Promise<void> {
  const rules = input.rules.filter((rule) => scanColumns(rule, input).length > 0);
  if (rules.length === 0) return;
  const problem = await problemOf(async () => {
    const row = await readRow(connection, {
      select: rules.flatMap((rule) => scanColumns(rule, input)).join(',\n'),
      from: identifier(input.table),
    });
    for (const rule of rules) {
      counted.set(rule, countedOf(rule, row.splice(0, scanColumns(rule, input).length), input));
    }
  });
  if (problem === null) return;
  const [only] = rules;
  if (rules.length === 1 && only) counted.set(only, { ...NOTHING, problem });
  else for (const rule of rules) await scanTable(connection, { ...input, rules: [rule] }, counted);
}

/** What the scan computes for a rule; none for those that need a statement of their own. */
function scanColumns(rule: Rule, { columns }: RuleInput): string[] {
  if (isRowRule(rule)) {
    const fails = rowRuleFails(rule, columns);
    return [rowRuleTested(rule), fails].map((test) => `count(*) FILTER (WHERE ${test})`);
  }
  if (rule.rule === 'be_unique' || rule.rule === 'unexpected_rows_query') return [];
  if (!('column' in rule) || rule.rule === 'column_to_exist') return ['count(*)', 'count(*)'];
  const column = identifier(rule.column);
  // epoch() reads a timestamp without zone, and the start of a date, as UTC.
  const value = rule.rule === 'freshness' ? `epoch(max(${column}))` : `avg(${column})`;
  return [`count(${column})`, value];
}

function countedOf(rule: Rule, row: readonly DuckDBValue[], input: MeasureInput): Counted {
  const rowsTested = Number(row[0]);
  if (isRowRule(rule)) {
    const rowsFailed = Number(row[1]);
    return { rowsTested, rowsFailed, observed: rowsFailed };
  }
  return {
    rowsTested,
    rowsFailed: 0,
    observed: observedValue(rule, row[1] === null ? null : Number(row[1]), input),
  };
}

async function measureAlone(
  connection: DuckDBConnection,
  input: MeasureInput & { rule: Rule },
  counted: Map<Rule, Counted>,
): Promise<void> {
  const { rule, table } = input;
  const problem = await problemOf(async () => {
    if (rule.rule === 'be_unique') {
      counted.set(rule, await countRepeated(connection, rule, table));
    } else if (rule.rule === 'unexpected_rows_query') {
      const from = `(${unexpectedRows(rule, table)}\n)`;
      const rowsFailed = Number((await readRow(connection, { select: 'count(*)', from }))[0]);
      counted.set(rule, { rowsTested: 0, rowsFailed, observed: rowsFailed });
    }
  });
  if (problem !== null) counted.set(rule, { ...NOTHING, problem });
}

/** As in Great Expectations every row whose value occurs again has failed, the first one too. */
async function countRepeated(
  connection: DuckDBConnection,
  rule: { column: string; row_condition?: string },
  table: string,
): Promise<Counted> {
  const row = await readRow(connection, {
    select: 'coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE n > 1), 0)',
    from: `(SELECT count(*) AS n FROM ${identifier(table)}
      WHERE ${testedValues(rule)} GROUP BY ${identifier(rule.column)})`,
  });
  const rowsFailed = Number(row[1]);
  return { rowsTested: Number(row[0]), rowsFailed, observed: rowsFailed };
}

async function readRow(
  connection: DuckDBConnection,
  query: { select: string; from: string },
): Promise<DuckDBValue[]> {
  const reader = await connection.runAndReadAll(`SELECT ${query.select} FROM ${query.from}`);
  return reader.getRows()[0] ?? [];
}

const MAX_SAMPLES = 5;
/** Many failing values are the same; among this many, five that differ are likely. */
const CANDIDATES = 100;
const MAX_CHARACTERS = 200;

/**
 * Up to five different failing values of each rule, the smallest as text, so that the same table
 * gives the same samples: one scan for all row rules, one statement for each other.
 */
async function readSamples(
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
