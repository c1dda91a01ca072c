import { AppError } from 'base/error.ts';
import type { Measurement } from '../../../../engine/flow/check/measurement.ts';
import { ruleProblem } from '../../../../engine/flow/check/rule-problem.ts';
import { observedValue } from '../../../../engine/flow/check/observed-value.ts';
import { isRowRule } from '../../../../engine/pipeline/spec/check-spec.ts';
import type { Rule } from '../../../../engine/pipeline/spec/check-spec.ts';
import { failureOf } from '../../client/translate-error.ts';
import {
  badRowSamplesSql,
  badRowsSql,
  distinctSamples,
  isScanned,
  repeatedSamplesSql,
  repeatedSql,
  rowSamplesSql,
  scanSql,
  unexpectedRows,
} from './measure-sql.ts';
import type { Measured } from './measure-sql.ts';
import { checkExpression, checkSelect } from '../select/select-gate.ts';

/** The only row of a query: numbers as text, lists as lists. */
export type SqlRow = readonly (string | null | readonly (string | null)[])[];

/** Reads what may contain SQL of the tenant. */
export interface RowReader {
  /** @throws sql_invalid, sql_forbidden */
  readRow(sql: string): Promise<SqlRow>;
}

export interface MeasureInput extends Measured {
  readonly rules: readonly Rule[];
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
export async function measureRules(reader: RowReader, input: MeasureInput): Promise<Measurement[]> {
  const counted = new Map<Rule, Counted>();
  for (const rule of input.rules) {
    const problem = await foundProblem(rule, input);
    if (problem !== null) counted.set(rule, { ...NOTHING, problem });
  }
  const sound = input.rules.filter((rule) => !counted.has(rule));
  await scanTable(reader, { ...input, rules: sound.filter(isScanned) }, counted);
  for (const rule of sound) await measureAlone(reader, { ...input, rule }, counted);
  const failed = sound.filter((rule) => (counted.get(rule)?.rowsFailed ?? 0) > 0);
  const samples = await readSamples(reader, { ...input, rules: failed });
  return input.rules.map((rule) => ({
    rule,
    ...(counted.get(rule) ?? NOTHING),
    samples: samples.get(rule) ?? [],
  }));
}

/** What can be told without reading a row. */
function foundProblem(rule: Rule, { table, columns }: Measured): Promise<string | null> {
  return problemOf(async () => {
    const problem = ruleProblem(rule, columns);
    if (problem !== null) return problem;
    if (rule.rule === 'unexpected_rows_query') checkSelect({ sql: unexpectedRows(rule, table) });
    if ('row_condition' in rule && rule.row_condition !== undefined) {
      checkExpression(rule.row_condition);
    }
    return null;
  });
}

/**
 * An expression that breaks on a value (a cast in a row_condition) breaks the scan; then each rule
 * is measured by itself to find the one.
 */
async function scanTable(
  reader: RowReader,
  input: MeasureInput,
  counted: Map<Rule, Counted>,
): Promise<void> {
  const { rules } = input;
  if (rules.length === 0) return;
  const problem = await problemOf(async () => {
    const row = await reader.readRow(scanSql(rules, input));
    rules.forEach((rule, index) => {
      counted.set(rule, countedOf(rule, row.slice(index * 2, index * 2 + 2), input));
    });
    return null;
  });
  if (problem === null) return;
  const [only] = rules;
  if (rules.length === 1 && only) counted.set(only, { ...NOTHING, problem });
  else for (const rule of rules) await scanTable(reader, { ...input, rules: [rule] }, counted);
}

function countedOf(rule: Rule, [tested, value]: SqlRow, input: MeasureInput): Counted {
  const rowsTested = Number(tested);
  if (!isRowRule(rule)) {
    return {
      rowsTested,
      rowsFailed: 0,
      observed: observedValue(rule, typeof value === 'string' ? Number(value) : null, input),
    };
  }
  return { rowsTested, rowsFailed: Number(value), observed: Number(value) };
}

async function measureAlone(
  reader: RowReader,
  input: MeasureInput & { rule: Rule },
  counted: Map<Rule, Counted>,
): Promise<void> {
  const { rule, table } = input;
  const problem = await problemOf(async () => {
    if (rule.rule === 'be_unique') {
      const [tested, failed] = await reader.readRow(repeatedSql(rule, input));
      const rowsFailed = Number(failed);
      counted.set(rule, { rowsTested: Number(tested), rowsFailed, observed: rowsFailed });
    } else if (rule.rule === 'unexpected_rows_query') {
      const rowsFailed = Number((await reader.readRow(badRowsSql(rule, table)))[0]);
      counted.set(rule, { rowsTested: 0, rowsFailed, observed: rowsFailed });
    }
    return null;
  });
  if (problem !== null) counted.set(rule, { ...NOTHING, problem });
}

/**
 * Up to five different failing values of each rule, the smallest as text, so that the same table
 * gives the same samples: one scan for all row rules, one statement for each other.
 */
async function readSamples(
  reader: RowReader,
  input: MeasureInput,
): Promise<ReadonlyMap<Rule, string[]>> {
  const samples = new Map<Rule, string[]>();
  const rowRules = input.rules.filter(isRowRule);
  if (rowRules.length > 0) {
    const row = await reader.readRow(rowSamplesSql(rowRules, input));
    rowRules.forEach((rule, index) => samples.set(rule, textsOf(row[index])));
  }
  for (const rule of input.rules) {
    if (rule.rule === 'be_unique') {
      samples.set(rule, textsOf((await reader.readRow(repeatedSamplesSql(rule, input)))[0]));
    } else if (rule.rule === 'unexpected_rows_query') {
      const [values] = await reader.readRow(badRowSamplesSql(rule, input.table));
      samples.set(rule, textsOf(values));
    }
  }
  return samples;
}

function textsOf(values: SqlRow[number] | undefined): string[] {
  return Array.isArray(values) ? distinctSamples(values.map(String)) : [];
}

/** What is wrong with SQL of the tenant that `work` uses; null when it works. */
async function problemOf(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('sql_')) throw error;
    // The place would be one in our own SQL around it.
    const said = failureOf(error)?.message.replace(/ at \[\d+:\d+\]$/, '');
    return said ?? error.message;
  }
}
