import { ruleId } from '../spec/check-spec.ts';
import type { CheckSpec, Rule } from '../spec/check-spec.ts';
import type { Fault } from 'base/document/explain-issue.ts';
import { placeFault } from 'base/document/parse-spec.ts';
import type { Problem } from 'base/document/problem.ts';
import { explainRegex } from './explain-regex.ts';
import type { TenantFolder } from './tenant-folder.ts';

/** What must hold within each rule, and among the rules of a file. */
export function checkRules(folder: TenantFolder): Problem[] {
  return [...folder.checks.values()].flatMap(({ document, spec }) =>
    spec.rules
      .flatMap((rule, index) => [
        ...checkId(spec, rule, index),
        ...checkBounds(rule, index),
        ...checkRegex(rule, index),
        ...checkSet(rule, index),
      ])
      .map((fault) => placeFault(document, fault)),
  );
}

/** Results are kept by id: two rules under one could not be told apart. */
function checkId(spec: CheckSpec, rule: Rule, index: number): Fault[] {
  const id = ruleId(rule);
  if (spec.rules.findIndex((other) => ruleId(other) === id) === index) return [];
  const path = ['rules', index, ...(rule.id ? ['id'] : [])];
  return [{ path, message: `two rules are named '${id}'`, expected: 'an id of its own for each' }];
}

function checkBounds(rule: Rule, index: number): Fault[] {
  if (!takesBounds(rule)) return [];
  const { min_value: min, max_value: max } = rule;
  if (min === undefined && max === undefined) {
    const message = `'${rule.rule}' has no bound, so it would always pass`;
    return [{ path: ['rules', index], message, expected: 'min_value, max_value or both' }];
  }
  if (min === undefined || max === undefined || !isAbove(min, max)) return [];
  const message = `min_value ${min} is above max_value ${max}, so every row would fail`;
  return [{ path: ['rules', index, 'min_value'], message, expected: `at most ${max}` }];
}

interface Bounds {
  readonly min_value?: number | string;
  readonly max_value?: number | string;
}

function takesBounds(rule: Rule): rule is Rule & Bounds {
  return rule.rule.endsWith('between');
}

/** Text compares as the column's type, which only the warehouse knows; dates of ISO 8601 do here. */
function isAbove(min: number | string, max: number | string): boolean {
  if (typeof min === 'number' && typeof max === 'number') return min > max;
  const isoDate = /^\d{4}-\d{2}-\d{2}/;
  return isoDate.test(String(min)) && isoDate.test(String(max)) && min > max;
}

function checkRegex(rule: Rule, index: number): Fault[] {
  if (rule.rule !== 'match_regex' || rule.regex.includes('{{')) return [];
  const fault = explainRegex(rule.regex);
  if (fault === null) return [];
  const expected = 'a regular expression of RE2';
  return [{ path: ['rules', index, 'regex'], message: `'regex' ${fault}`, expected }];
}

function checkSet(rule: Rule, index: number): Fault[] {
  if (rule.rule !== 'be_in_set' || rule.value_set.length > 0) return [];
  const message = "'value_set' is empty, so every row would fail";
  return [{ path: ['rules', index, 'value_set'], message, expected: 'at least 1 item' }];
}
