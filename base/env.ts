import type { z } from 'zod';
import { maskSecret } from './secret.ts';

export interface EnvProblem {
  readonly name: string;
  /** As it was found, masked when it may be a secret; undefined when not set. */
  readonly value: string | undefined;
  readonly expected: string;
}

export type EnvResult<T> =
  | { readonly settings: Readonly<T> }
  | { readonly problems: readonly EnvProblem[] };

/**
 * Reads settings from environment variables: either all of them, frozen, or every problem at once.
 * A variable that is set to nothing counts as not set. What was expected is the description of the
 * field in the schema, else what zod says.
 */
export function readEnv<T extends z.ZodObject>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): EnvResult<z.infer<T>> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = schema.safeParse(set);
  if (parsed.success) return { settings: Object.freeze(parsed.data) };
  return { problems: parsed.error.issues.map((issue) => toProblem(schema, set, issue)) };
}

function toProblem(
  schema: z.ZodObject,
  env: Readonly<Record<string, string | undefined>>,
  issue: z.core.$ZodIssue,
): EnvProblem {
  const name = String(issue.path[0] ?? '');
  const value = env[name];
  const description = (schema.shape[name] as z.ZodType | undefined)?.description;
  return {
    name,
    value: value === undefined ? undefined : maskSecret(name, value),
    expected: description ?? issue.message,
  };
}

/** `API_PORT is 'x', expected a port number` */
export function formatEnvProblem(problem: EnvProblem): string {
  const found = problem.value === undefined ? 'not set' : `'${problem.value}'`;
  return `${problem.name} is ${found}, expected ${problem.expected}`;
}
