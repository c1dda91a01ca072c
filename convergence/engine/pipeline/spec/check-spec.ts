import { z } from 'zod';
import { durationSpec, scalarSpec } from './scalar-spec.ts';

const ruleFields = {
  id: z.string().optional().describe('Name in results; default: rule and column.'),
  severity: z
    .enum(['warn', 'error'])
    .default('error')
    .describe('error: a bad row is quarantined, a bad table stops the step. warn: only recorded.'),
};
const rowFields = {
  ...ruleFields,
  column: z.string(),
  mostly: z.number().min(0).max(1).optional().describe('Share of rows that must pass; default 1.'),
  row_condition: z.string().optional().describe('SQL condition: only these rows are tested.'),
};
const bound = z.union([z.number(), z.string()]);
const range = {
  min_value: bound.optional(),
  max_value: bound.optional(),
  strict_min: z.boolean().default(false),
  strict_max: z.boolean().default(false),
};
const numberRange = { min_value: z.number().optional(), max_value: z.number().optional() };

const rowRules = [
  z.strictObject({ ...rowFields, rule: z.literal('not_be_null') }),
  z.strictObject({ ...rowFields, rule: z.literal('be_in_set'), value_set: z.array(scalarSpec) }),
  z.strictObject({ ...rowFields, ...range, rule: z.literal('be_between') }),
  z.strictObject({ ...rowFields, rule: z.literal('match_regex'), regex: z.string() }),
  z.strictObject({ ...rowFields, ...numberRange, rule: z.literal('value_lengths_between') }),
] as const;

const datasetRules = [
  z.strictObject({ ...rowFields, rule: z.literal('be_unique') }),
  z.strictObject({ ...ruleFields, ...numberRange, rule: z.literal('table_row_count_between') }),
  z.strictObject({ ...ruleFields, rule: z.literal('column_to_exist'), column: z.string() }),
  z.strictObject({
    ...ruleFields,
    ...numberRange,
    rule: z.literal('mean_between'),
    column: z.string(),
  }),
  z.strictObject({
    ...ruleFields,
    rule: z.literal('freshness'),
    column: z.string().describe('A date or timestamp column.'),
    max_age: durationSpec.describe('Oldest that its newest value may be.'),
  }),
  z.strictObject({
    ...ruleFields,
    rule: z.literal('unexpected_rows_query'),
    query: z.string().describe('A SELECT that returns bad rows; {batch} stands for the table.'),
  }),
] as const;

export const ruleSpec = z.discriminatedUnion('rule', [...rowRules, ...datasetRules]);

/** `checks/*.yml`: rules over one table; in a dq step, or named by a resource of a source. */
export const checkSpec = z.strictObject({
  table: z.string(),
  description: z.string().optional(),
  rules: z.array(ruleSpec).min(1).max(1000),
});

export type Rule = z.infer<typeof ruleSpec>;
export type RowRule = z.infer<(typeof rowRules)[number]>;
export type CheckSpec = z.infer<typeof checkSpec>;

const ROW_RULES: ReadonlySet<string> = new Set(rowRules.map((rule) => rule.shape.rule.value));

/** Whether a rule judges a row by itself, so that a bad row can be set aside alone. */
export function isRowRule(rule: Rule): rule is RowRule {
  return ROW_RULES.has(rule.rule);
}

/** The name of a rule in results: its id, or rule and column. */
export function ruleId(rule: Rule): string {
  if (rule.id) return rule.id;
  return 'column' in rule ? `${rule.rule}:${rule.column}` : rule.rule;
}
