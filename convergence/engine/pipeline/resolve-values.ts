import { fail } from '../error-codes.ts';
import {
  expressionsIn,
  replaceExpressions,
  secretNameOf,
  unknownName,
  wholeExpression,
} from './document/expression.ts';
import { runValues } from './run-values.ts';
import type { RunValues } from './run-values.ts';
import type { Scalar } from './spec/scalar-spec.ts';

/** What `{{ }}` may name in one run. */
export interface ValueContext extends RunValues {
  /** As merged by `mergeParameters`. */
  readonly params: Readonly<Record<string, Scalar>>;
  /** @throws secret_absent, secret_readable */
  readSecret(name: string): Promise<string>;
}

export interface Resolved<T> {
  readonly value: T;
  /** Values of the secrets that are in it now: mask them in whatever is shown. */
  readonly secrets: readonly string[];
}

/** Keys whose values may be of any type; elsewhere a spec has text, and a number would break it. */
const anyTypeKeys: ReadonlySet<string> = new Set(
  'value_set min_value max_value initial_value end_value lag'.split(' '),
);

/**
 * A copy of a parsed spec with `{{ params.x }}`, those of `runValues` and `{{ secrets.x }}` replaced in every string. A string that is one expression
 * takes the type of its value where any type may stand. Values are not looked at again, so nothing
 * in a parameter or a secret can name another secret.
 * @throws value_unknown, secret_absent, secret_readable
 */
export async function resolveValues<T>(spec: T, context: ValueContext): Promise<Resolved<T>> {
  const values = new Map<string, Scalar>([
    ...runValues(context),
    ...Object.entries(context.params).map(([name, value]) => [`params.${name}`, value] as const),
  ]);
  const secrets: string[] = [];
  for (const name of namesIn(spec)) {
    const secretName = secretNameOf(name);
    if (secretName === undefined || values.has(name)) continue;
    const secret = await context.readSecret(secretName);
    values.set(name, secret);
    secrets.push(secret);
  }
  return { value: fill(spec, [], values) as T, secrets };
}

/** A text with every secret, also as it is written in URLs and JSON, replaced by three stars. */
export function maskValues(text: string, secrets: Iterable<string>): string {
  const forms = [...secrets].flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const longestFirst = [...new Set(forms)].filter(Boolean).toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}

function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return expressionsIn(value).map((found) => found.name);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => namesIn(inner));
}

function fill(
  value: unknown,
  path: readonly string[],
  values: ReadonlyMap<string, Scalar>,
): unknown {
  if (typeof value === 'string') return fillText(value, path, values);
  if (Array.isArray(value)) return value.map((item) => fill(item, path, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fill(inner, [...path, key], values)]),
  );
}

function fillText(
  text: string,
  path: readonly string[],
  values: ReadonlyMap<string, Scalar>,
): Scalar {
  const valueOf = (name: string): Scalar => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const { message, expected, suggestion } = unknownName(name, [...values.keys()]);
    const hint = suggestion ?? `There is: ${expected}.`;
    throw fail('value_unknown', `${message} for {{ }} in '${path.join('.')}'`, { hint });
  };
  const whole = wholeExpression(text);
  if (whole && takesAnyType(path)) return valueOf(whole.name);
  return replaceExpressions(text, (name) => valueOf(name));
}

function takesAnyType(path: readonly string[]): boolean {
  return path.at(-2) === 'params' || path.includes('json') || anyTypeKeys.has(path.at(-1) ?? '');
}
