/** What a filter asks of a series. */
export type Filter =
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | Comparison;

export interface Comparison {
  readonly kind: 'comparison';
  /** With the word `labels`, such as `resource.labels.service_name`. */
  readonly field: string;
  readonly negated: boolean;
  readonly test: FilterTest;
  /** One, except for `one_of`. */
  readonly values: readonly string[];
}

const tests = {
  equals: (value: string, wanted: string) => value === wanted,
  one_of: (value: string, wanted: string) => value === wanted,
  starts_with: (value: string, wanted: string) => value.startsWith(wanted),
  ends_with: (value: string, wanted: string) => value.endsWith(wanted),
  has_substring: (value: string, wanted: string) => value.includes(wanted),
};

export type FilterTest = keyof typeof tests;

export const functionNames = Object.keys(tests).filter((name) => name !== 'equals');

/** A field that is not there is the empty text. */
export function matchFilter(filter: Filter, fields: Readonly<Record<string, string>>): boolean {
  if (filter.kind === 'not') return !matchFilter(filter.part, fields);
  if (filter.kind === 'and') return filter.parts.every((part) => matchFilter(part, fields));
  if (filter.kind === 'or') return filter.parts.some((part) => matchFilter(part, fields));
  const value = fields[filter.field] ?? '';
  return filter.values.some((one) => tests[filter.test](value, one)) !== filter.negated;
}

export function comparisonsOf(filter: Filter): readonly Comparison[] {
  if (filter.kind === 'comparison') return [filter];
  return filter.kind === 'not' ? comparisonsOf(filter.part) : filter.parts.flatMap(comparisonsOf);
}
