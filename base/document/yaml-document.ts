import { isScalar, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Problem } from './problem.ts';
import { startOf, tracePath } from './trace-path.ts';

export type DocumentPath = readonly (string | number)[];

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** A file of YAML (of which JSON is a part) whose values know where they stand. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** The place of a value; of the nearest thing above it when it is not there. */
  locate(path: DocumentPath): Place;
  /** The place of the key that holds the value. */
  locateKey(path: DocumentPath): Place;
}

export interface YamlReading {
  /** Null when the text is no YAML; then `problems` says why. */
  readonly document: YamlDocument | null;
  readonly problems: readonly Problem[];
}

export interface Limits {
  /** In UTF-16 code units. */
  readonly maxLength: number;
  readonly maxDepth: number;
}

/** Of what people write by hand. */
const LIMITS: Limits = { maxLength: 1_000_000, maxDepth: 60 };
/** As many uses of anchors are plenty for people, and too few to blow a document up. */
const MAX_ALIASES = 100;

/** A file of people has a handful; a hostile one must not fill the memory with its mistakes. */
export const MAX_PROBLEMS = 50;

interface FaultAt {
  readonly offset: number;
  readonly message: string;
  readonly expected?: string;
}

/** Reads YAML 1.2 (core schema, no tags of its own). Never throws, whatever the text is. */
export function readYaml(file: string, text: string, limits: Limits = LIMITS): YamlReading {
  const problem = ({ offset, ...fault }: FaultAt): Problem => ({
    file,
    ...placeAt(text, offset),
    path: '',
    ...fault,
  });
  const unfit = unfitText(text, limits);
  if (unfit) return { document: null, problems: [problem(unfit)] };
  try {
    const parsed = parse(text);
    const faults = faultsOf(parsed);
    if (faults.length > 0) return { document: null, problems: faults.map(problem) };
    const value: unknown = parsed.toJS({ maxAliasCount: MAX_ALIASES });
    if (isDeep(value, limits.maxDepth)) return { document: null, problems: [problem(TOO_DEEP)] };
    const locate = (path: DocumentPath) => placeAt(text, tracePath(parsed, path).value);
    const locateKey = (path: DocumentPath) => placeAt(text, tracePath(parsed, path).key);
    const document = { file, value, locate, locateKey };
    return { document, problems: inexactNumbers(parsed).map(problem) };
  } catch (error) {
    return { document: null, problems: [problem({ offset: 0, message: sayThrown(error) })] };
  }
}

function parse(text: string): Document.Parsed {
  return parseDocument(text, {
    // The pretty form quotes the text around the error, which may hold a secret.
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    // Nothing is printed here; 'silent' would also hide that there are several documents.
    logLevel: 'error',
  });
}

const TOO_DEEP: FaultAt = { offset: 0, message: 'broken YAML: nested too deeply' };

function unfitText(text: string, { maxLength }: Limits): FaultAt | null {
  if (text.length > maxLength) {
    return { offset: 0, message: `the file is larger than ${maxLength} characters` };
  }
  const offset = text.search(/[\uFFFD\0]/);
  return offset === -1 ? null : { offset, message: 'the file is not text in UTF-8' };
}

function faultsOf(parsed: Document.Parsed): FaultAt[] {
  const faults = [...parsed.errors, ...parsed.warnings].slice(0, MAX_PROBLEMS);
  // What the parser says besides, out of an overflowing stack, is nonsense.
  if (parsed.errors.some((fault) => fault.code === 'RESOURCE_EXHAUSTION')) return [TOO_DEEP];
  return [
    ...faults.map((fault) => ({ offset: fault.pos[0], message: sayFault(fault.message) })),
    ...repeatedKeys(parsed),
  ];
}

/** The parser's sentence without the text that it quotes: that could be a secret. */
function sayFault(message: string): string {
  if (message.includes('multiple documents')) return 'broken YAML: --- begins a second document';
  const plain = message
    .replace(/: .*$/s, '')
    .replace(/["']quote$/, 'quote')
    .replaceAll(/"[^"]*"|'[^']*'/g, '…');
  return `broken YAML: ${plain.charAt(0).toLowerCase()}${plain.slice(1)}`;
}

function sayThrown(error: unknown): string {
  if (error instanceof RangeError) return TOO_DEEP.message;
  if (error instanceof ReferenceError) return 'broken YAML: too many uses of anchors';
  return 'broken YAML: it cannot be read';
}

/** The parser's own test compares each key with each other: 150 s for a hostile megabyte. */
function repeatedKeys(document: Document.Parsed): FaultAt[] {
  const found: FaultAt[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (seen.has(name))
          found.push({ offset: startOf(key as Node) ?? 0, message: sayRepeated(name) });
        seen.add(name);
      }
    },
  });
  return found.slice(0, MAX_PROBLEMS);
}

function sayRepeated(name: string): string {
  return `the key '${name.slice(0, 60)}' is here twice`;
}

/** Numbers that lost digits in reading, as ids of 20 digits do. */
function inexactNumbers(document: Document.Parsed): FaultAt[] {
  const found: FaultAt[] = [];
  visit(document, {
    Scalar(_, { value, source, range }) {
      if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
      const message = `${source?.slice(0, 60)} has more digits than a number keeps`;
      found.push({ offset: range?.[0] ?? 0, message, expected: 'it in quotes' });
    },
  });
  return found.slice(0, MAX_PROBLEMS);
}

/** An anchor inside itself has no end of depth. */
function isDeep(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner) => isDeep(inner, limit - 1));
}

/** Own arithmetic: the parser's line counter misses lines of text that it gave up on. */
function placeAt(text: string, offset = 0): Place {
  // An offset at the very end would lie behind the last line.
  const before = text.slice(0, Math.min(offset, Math.max(0, text.trimEnd().length - 1)));
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - lineStart + 1 };
}
