/** Names that a rule has in Great Expectations, where they are more than a prefix away. */
const otherNames: Readonly<Record<string, string>> = {
  expect_column_value_lengths_to_be_between: 'value_lengths_between',
  expect_column_mean_to_be_between: 'mean_between',
  expect_column_to_exist: 'column_to_exist',
  expect_table_row_count_to_be_between: 'table_row_count_between',
  unexpected_rows_expectation: 'unexpected_rows_query',
};

const PREFIX = 'expect_column_values_to_';

/** All names under which a rule may be written: its own first. */
export function ruleNames(rule: string): string[] {
  const others = Object.keys(otherNames).filter((name) => otherNames[name] === rule);
  return [rule, ...(/^(not_)?(be|match)_/.test(rule) ? [PREFIX + rule] : []), ...others];
}

/** A document of `checks/` with the names of Great Expectations replaced by ours. */
export function withOwnRuleNames(document: unknown): unknown {
  if (!isMap(document) || !Array.isArray(document.rules)) return document;
  return { ...document, rules: document.rules.map((rule: unknown) => withOwnName(rule)) };
}

function withOwnName(rule: unknown): unknown {
  if (!isMap(rule) || typeof rule.rule !== 'string') return rule;
  const name = rule.rule;
  if (Object.hasOwn(otherNames, name)) return { ...rule, rule: otherNames[name] };
  return name.startsWith(PREFIX) ? { ...rule, rule: name.slice(PREFIX.length) } : rule;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
