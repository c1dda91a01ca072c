import type { z } from 'zod';
import { bestBranch } from './best-branch.ts';
import { suggest } from './nearest.ts';
import { orList, showPath, showValue } from './show-value.ts';
import type { DocumentPath } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;

/** A mistake at a path of a document, not yet placed in the file. */
export interface Fault {
  readonly path: DocumentPath;
  /** Stands at the key rather than at the value, as an unknown key does. */
  readonly atKey?: boolean;
  readonly isUnknownKey?: boolean;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
}

/** What only a product can say about what stands in its files. */
export interface Wording {
  /** What to write instead of a key that is known but not supported. */
  readonly insteadOf?: (key: string) => string | undefined;
  /** What to do about a value that is not what was expected, such as `text` or `a number`. */
  readonly hintFor?: (value: unknown, expected: string) => string | undefined;
}

/** The value of the whole document, and the product's words about it. */
export interface Explained {
  readonly root: unknown;
  readonly wording: Wording;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

/**
 * One issue of zod in the words of somebody who writes YAML. Unknown keys need the message made by
 * `parseSpec`: the known keys, between blanks.
 */
export function explainIssue(
  explained: Explained,
  issue: Issue,
  above: DocumentPath = [],
): Fault[] {
  const { root, wording } = explained;
  const path = [...above, ...issue.path] as DocumentPath;
  const value = valueAt(root, path);
  if (issue.code === 'unrecognized_keys') return unknownKeys(wording, path, issue);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = bestBranch(value, issue.errors);
    if (branch.issues) {
      return branch.issues.flatMap((inner) => explainIssue(explained, inner, path));
    }
    return [misfit(path, value, { expected: orList(namesOf(branch.types)) })];
  }
  if (issue.code === 'invalid_key') {
    const message = `'${String(path.at(-1))}' cannot be a key here`;
    return [{ path, atKey: true, message, expected: issue.issues[0]?.message }];
  }
  return [misfit(path, value, expectation(wording, issue, value))];
}

interface Expectation {
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
}

function misfit(path: DocumentPath, value: unknown, expectation: Expectation): Fault {
  const name = path.length === 0 ? 'the file' : `'${showPath(path.slice(-1))}'`;
  if (value === undefined)
    return { path, atKey: true, message: `${name} is missing`, ...expectation };
  const shown = path.length === 0 && value === null ? 'empty' : showValue(path, value);
  return { path, message: `${nameIn(path)} is ${shown}`, ...expectation };
}

/** `'type'`, `item 3 of 'columns'`, or the file. */
function nameIn(path: DocumentPath): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return `'${last}'`;
  return `item ${last + 1} of ${nameIn(path.slice(0, -1))}`;
}

function expectation(wording: Wording, issue: Issue, value: unknown): Expectation {
  if (issue.code === 'invalid_type') {
    const expected = typeNames[issue.expected] ?? issue.expected;
    return { expected, suggestion: wording.hintFor?.(value, expected) };
  }
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String), value);
  if (issue.code === 'invalid_union' && 'options' in issue) {
    return oneOf((issue.options ?? []).map(String), value);
  }
  if (issue.code === 'too_small') {
    const word = issue.inclusive ? 'at least' : 'more than';
    return { expected: `${word} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}` };
  }
  if (issue.code === 'too_big') {
    const word = issue.inclusive ? 'at most' : 'less than';
    return { expected: `${word} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}` };
  }
  return { expected: issue.message, suggestion: wording.hintFor?.(value, issue.message) };
}

function oneOf(allowed: readonly string[], value: unknown): Expectation {
  const list = orList(allowed);
  const suggestion = typeof value === 'string' ? suggest(value, allowed) : undefined;
  return { expected: allowed.length > 1 ? `one of ${list}` : list, suggestion };
}

function unitOf(origin: string, count: number | bigint): string {
  const plural = count === 1 ? '' : 's';
  if (origin === 'array') return ` item${plural}`;
  return origin === 'string' ? ` character${plural}` : '';
}

function unknownKeys(
  wording: Wording,
  path: DocumentPath,
  issue: z.core.$ZodIssueUnrecognizedKeys,
): Fault[] {
  const known = issue.message.split(' ').filter(Boolean);
  return issue.keys.map((key) => {
    const unsupported = wording.insteadOf?.(key);
    return {
      path: [...path, key],
      atKey: true,
      isUnknownKey: true,
      message: unsupported ? `'${key}' is not supported` : `'${key}' is not a known key`,
      expected: unsupported ? undefined : orList(known),
      suggestion: unsupported ?? suggest(key, known),
    };
  });
}

function namesOf(types: readonly string[]): string[] {
  return [...new Set(types.map((type) => typeNames[type] ?? type))];
}

function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
