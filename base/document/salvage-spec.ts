import type { z } from 'zod';
import { faultsOf } from './parse-spec.ts';
import type { DocumentPath, YamlDocument } from './yaml-document.ts';

export interface Salvaged<T> {
  readonly document: YamlDocument;
  readonly spec: T;
}

/** Each round may uncover a mistake that an earlier one hid. */
const MAX_ROUNDS = 5;
const DROPPED = Symbol('dropped');

/**
 * What is left of a document without its mistakes: unknown keys are taken out alone, other things
 * with the list item that holds them. It may never run; it lets the rest of the file be checked
 * against other files in the same pass. Null when too little is left.
 */
export function salvageSpec<T>(document: YamlDocument, schema: z.ZodType<T>): Salvaged<T> | null {
  const draft: unknown = structuredClone(document.value);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const value = compact(draft);
    const { spec, faults } = faultsOf(value, schema);
    if (spec !== null) {
      const locate = (path: DocumentPath) => document.locate(originalPath(draft, path));
      const locateKey = (path: DocumentPath) => document.locateKey(originalPath(draft, path));
      return { document: { file: document.file, value, locate, locateKey }, spec };
    }
    const wrong = faults.map((fault) => {
      const path = originalPath(draft, fault.path);
      return fault.isUnknownKey ? path : path.slice(0, itemDepth(path));
    });
    if (!wrong.every((path) => remove(draft, path))) return null;
  }
  return null;
}

/** How much of a path leads to the list item that it is in; all of it when there is none. */
function itemDepth(path: DocumentPath): number {
  const index = path.findLastIndex((key) => typeof key === 'number');
  return index === -1 ? path.length : index + 1;
}

function remove(draft: unknown, path: DocumentPath): boolean {
  const key = path.at(-1);
  if (key === undefined) return false;
  let holder = draft;
  for (const name of path.slice(0, -1)) holder = childOf(holder, name);
  // Its holder went before it, with another mistake.
  if (holder === DROPPED) return true;
  if (childOf(holder, key) === undefined) return remove(draft, path.slice(0, -1));
  if (Array.isArray(holder)) holder[Number(key)] = DROPPED;
  else delete (holder as Record<string, unknown>)[key];
  return true;
}

function childOf(value: unknown, key: string | number): unknown {
  if (value === DROPPED) return DROPPED;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== DROPPED).map(compact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, compact(inner)]));
}

/** The path of the same thing before items were dropped. */
function originalPath(draft: unknown, path: DocumentPath): DocumentPath {
  let value = draft;
  return path.map((key) => {
    const kept = Array.isArray(value)
      ? [...value.keys()].filter((index) => (value as unknown[])[index] !== DROPPED)
      : undefined;
    const original = kept ? (kept[Number(key)] ?? key) : key;
    value = childOf(value, original);
    return original;
  });
}
