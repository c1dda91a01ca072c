import { LineCounter, isAlias, isCollection, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, Scalar } from 'yaml';
import type { Problem } from '../problem.ts';

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

const MAX_TEXT_LENGTH = 1_000_000;
/** As many uses of anchors are plenty for people, and too few to blow a document up. */
const MAX_ALIASES = 100;

/** Reads YAML 1.2 (core schema, no tags of its own). Never throws, whatever the text is. */
export function readYaml(file: string, text: string): YamlReading {
  const problem = (place: Place, message: string, expected?: string): Problem => ({
    file,
    ...place,
    path: '',
    message,
    ...(expected && { expected }),
  });
  const unfit = unfitText(text);
  if (unfit) return { document: null, problems: [problem(unfit.place, unfit.message)] };
  const lines = new LineCounter();
  try {
    const parsed = parse(text, lines);
    const faults = [...parsed.errors, ...parsed.warnings].map((fault) =>
      problem(placeAt(lines, text, fault.pos[0]), sayFault(fault.message)),
    );
    if (faults.length > 0) return { document: null, problems: faults };
    const value: unknown = parsed.toJS({ maxAliasCount: MAX_ALIASES });
    const document = { file, value, ...locators(parsed, lines, text) };
    const inexact = inexactNumbers(parsed).map((node) =>
      problem(
        placeAt(lines, text, node.range?.[0] ?? 0),
        `${node.source ?? 'the number'} has more digits than a number keeps`,
        'it in quotes',
      ),
    );
    return { document, problems: inexact };
  } catch (error) {
    return { document: null, problems: [problem({ line: 1, column: 1 }, sayThrown(error))] };
  }
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  return parseDocument(text, {
    lineCounter,
    // The pretty form quotes the text around the error, which may hold a secret.
    prettyErrors: false,
    stringKeys: true,
    version: '1.2',
    schema: 'core',
    logLevel: 'silent',
  });
}

function unfitText(text: string): { place: Place; message: string } | null {
  const start = { line: 1, column: 1 };
  if (text.length > MAX_TEXT_LENGTH) {
    return { place: start, message: `the file is larger than ${MAX_TEXT_LENGTH} characters` };
  }
  const stray = text.search(/[\uFFFD\0]/);
  if (stray === -1) return null;
  const before = text.slice(0, stray).split('\n');
  const place = { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  return { place, message: 'the file is not text in UTF-8' };
}

/** The parser's sentence without the text that it quotes: that could be a secret. */
function sayFault(message: string): string {
  const plain = message.replace(/: .*$/s, '').replaceAll(/"[^"]*"|'[^']*'/g, '…');
  return `broken YAML: ${plain.charAt(0).toLowerCase()}${plain.slice(1)}`;
}

function sayThrown(error: unknown): string {
  if (error instanceof RangeError) return 'broken YAML: nested too deeply';
  if (error instanceof ReferenceError) return 'broken YAML: too many uses of anchors';
  return 'broken YAML: it cannot be read';
}

/** Numbers that lost digits in reading, as ids of 20 digits do. */
function inexactNumbers(document: Document.Parsed): Scalar[] {
  const found: Scalar[] = [];
  visit(document, {
    Scalar(_, node) {
      if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) found.push(node);
    },
  });
  return found;
}

function locators(
  document: Document.Parsed,
  lines: LineCounter,
  text: string,
): Pick<YamlDocument, 'locate' | 'locateKey'> {
  const placeOf = (offset: number | undefined): Place => placeAt(lines, text, offset ?? 0);
  return {
    locate: (path) => placeOf(trace(document, path).value),
    locateKey: (path) => placeOf(trace(document, path).key),
  };
}

/** Offsets of the last thing on the path that exists: of its value, and of the key before it. */
function trace(document: Document.Parsed, path: DocumentPath): { key?: number; value?: number } {
  let node: Node | null | undefined = document.contents;
  let found = { key: startOf(node), value: startOf(node) };
  for (const name of path) {
    const above = resolved(document, node);
    if (!isCollection(above)) return found;
    const pair = isMap(above) ? findPair(above.items, name) : undefined;
    if (isMap(above) && !pair) return { key: found.key, value: found.key };
    node = pair ? (pair.value as Node | null) : (above.items[Number(name)] as Node | undefined);
    const value = startOf(node);
    const key = pair ? startOf(pair.key) : value;
    if (key === undefined) return found;
    found = { key, value: value ?? key };
  }
  return found;
}

function resolved(document: Document.Parsed, node: Node | null | undefined): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function findPair(
  pairs: readonly unknown[],
  name: string | number,
): Pair<Node, unknown> | undefined {
  return (pairs as Pair<Node, unknown>[]).find(
    (pair) => isScalar(pair.key) && String(pair.key.value) === String(name),
  );
}

function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

/** An offset at the very end would lie behind the last line. */
function placeAt(lines: LineCounter, text: string, offset: number): Place {
  const { line, col } = lines.linePos(Math.min(offset, Math.max(0, text.trimEnd().length - 1)));
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
