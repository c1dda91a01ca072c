import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Either the issues of the branch that was meant, or the types that all branches wanted. */
export type Branch =
  | { readonly issues: readonly Issue[] }
  | { readonly issues: null; readonly types: readonly string[] };

/**
 * Which alternative of a union the author meant: of those that take this type of value, the one
 * whose `type` fits, then the one with the fewest mistakes.
 */
export function bestBranch(value: unknown, branches: readonly (readonly Issue[])[]): Branch {
  const fitting = branches.filter(
    (issues) => !issues.some((issue) => isTypeMismatch(value, issue)),
  );
  const [first, ...others] = fitting.toSorted((a, b) => cost(a) - cost(b));
  if (!first) return { issues: null, types: branches.flatMap((issues) => wantedTypes(issues)) };
  const rivals = [first, ...others].map(literalIssue);
  if (rivals.every((issue) => issue !== undefined)) return { issues: [mergeLiterals(rivals)] };
  return { issues: first };
}

/** The whole value is of another type than the alternative takes. */
function isTypeMismatch(value: unknown, issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return true;
  if (issue.code === 'invalid_value') return typeof value !== typeof issue.values[0];
  return (
    issue.code === 'invalid_union' &&
    issue.errors.length > 0 &&
    issue.errors.every((inner) => inner.some((each) => isTypeMismatch(value, each)))
  );
}

function cost(issues: readonly Issue[]): number {
  const mistakes = issues.map((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.length : 1,
  );
  return mistakes.reduce((sum, count) => sum + count, literalIssue(issues) ? 1_000 : 0);
}

/** The issue of a discriminator, as of `type: resolve`. */
function literalIssue(issues: readonly Issue[]): z.core.$ZodIssueInvalidValue | undefined {
  return issues.find(
    (issue): issue is z.core.$ZodIssueInvalidValue =>
      issue.code === 'invalid_value' &&
      issue.path.length === 1 &&
      issue.values.length === 1 &&
      typeof issue.values[0] === 'string',
  );
}

function mergeLiterals(issues: readonly z.core.$ZodIssueInvalidValue[]): Issue {
  const [first] = issues as [z.core.$ZodIssueInvalidValue];
  return { ...first, values: issues.flatMap((issue) => issue.values) };
}

function wantedTypes(issues: readonly Issue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.path.length > 0) return [];
    if (issue.code === 'invalid_type') return [issue.expected];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((inner) => wantedTypes(inner));
    return issue.code === 'invalid_value' ? ['string'] : [];
  });
}
