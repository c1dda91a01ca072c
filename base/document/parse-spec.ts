import type { z } from 'zod';
import type { Problem } from './problem.ts';
import { explainIssue } from './explain-issue.ts';
import type { Fault, Wording } from './explain-issue.ts';
import { showPath } from './show-value.ts';
import { MAX_PROBLEMS } from './yaml-document.ts';
import type { YamlDocument } from './yaml-document.ts';

export type SpecReading<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value: null; readonly problems: readonly Problem[] };

/** The value of a document as its schema describes it, or every mistake in it with its place. */
export function parseSpec<T>(
  document: YamlDocument,
  schema: z.ZodType<T>,
  wording: Wording = {},
): SpecReading<T> {
  const { spec, faults } = faultsOf(document.value, schema, wording);
  if (spec !== null) return { value: spec, problems: [] };
  return {
    value: null,
    problems: faults.slice(0, MAX_PROBLEMS).map((fault) => placeFault(document, fault)),
  };
}

/** A value as its schema describes it, or every mistake in it. */
export function faultsOf<T>(
  value: unknown,
  schema: z.ZodType<T>,
  wording: Wording = {},
): { spec: T | null; faults: Fault[] } {
  const result = schema.safeParse(value, { error: nameKnownKeys });
  if (result.success) return { spec: result.data, faults: [] };
  const explained = { root: value, wording };
  const { issues } = result.error;
  return { spec: null, faults: issues.flatMap((issue) => explainIssue(explained, issue)) };
}

/** A fault as a problem at its place in the file. */
export function placeFault(document: YamlDocument, fault: Fault): Problem {
  const { path, atKey, message, expected, suggestion } = fault;
  return {
    file: document.file,
    ...(atKey ? document.locateKey(path) : document.locate(path)),
    path: showPath(path),
    message,
    ...(expected && { expected }),
    ...(suggestion && { suggestion }),
  };
}

/** Zod says which keys are too many, but only here also which there could be. */
function nameKnownKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const definition = issue.inst?._zod.def as { shape?: object } | undefined;
  return Object.keys(definition?.shape ?? {}).join(' ');
}
