import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import type { ArrowFunctionExpression, Function as FunctionNode } from 'oxc-parser';
import { lineAt } from './line-at.ts';
import { isCode, listFiles } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** `path` or `path#function`, why it may be longer than the limit. */
export type SizeExceptions = Readonly<Record<string, string>>;

const FILE_LIMITS = { warn: 250, fail: 400 } as const;
const FUNCTION_LIMITS = { warn: 40, fail: 60 } as const;

/** Blocks of node:test that hold tests, as a file does. */
const SUITES = new Set(['describe', 'suite']);

interface Measured {
  /** `path` or `path#function`. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
  readonly lines: number;
}

/** Lengths of files and functions; also tells exceptions that nothing needs any more. */
export function checkSize(root: string, exceptions: SizeExceptions): Violation[] {
  const sources = listFiles(root).filter(isCode);
  const measured = sources.map((file) => measure(file, readFileSync(join(root, file), 'utf8')));
  const tooLong = [
    ...measured.flatMap(({ whole }) => judge(whole, FILE_LIMITS)),
    ...measured.flatMap(({ functions }) => functions.flatMap((one) => judge(one, FUNCTION_LIMITS))),
  ];
  const failing = new Set(tooLong.filter(({ warning }) => !warning).map(({ key }) => key));
  return [
    ...tooLong.filter(({ key }) => !(key in exceptions)),
    ...Object.keys(exceptions)
      .filter((key) => !failing.has(key))
      .map((key) => ({
        rule: 'size-exception-needed',
        file: key,
        message: 'is within the limits; remove its exception',
      })),
  ];
}

function judge(
  { key, file, line, lines }: Measured,
  limits: { warn: number; fail: number },
): (Violation & { key: string })[] {
  if (lines <= limits.warn) return [];
  const name = key.split('#')[1];
  const what = name === undefined ? 'the file' : `function ${name}`;
  const message = `${what} has ${lines} lines; ${limits.warn} is a question, ${limits.fail} the limit`;
  return [{ rule: 'size', file, line, message, warning: lines <= limits.fail, key }];
}

function measure(file: string, source: string): { whole: Measured; functions: Measured[] } {
  const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
  return {
    whole: { key: file, file, line: 1, lines },
    functions: measureFunctions(file, source),
  };
}

function measureFunctions(file: string, source: string): Measured[] {
  const functions: Measured[] = [];
  const names = new Map<unknown, string>();
  const suites = new Set<unknown>();
  const add = (node: FunctionNode | ArrowFunctionExpression): void => {
    if (suites.has(node)) return;
    const line = lineAt(source, node.start);
    const name = ('id' in node ? node.id?.name : undefined) ?? names.get(node) ?? `at line ${line}`;
    const lines = lineAt(source, node.end) - line + 1;
    functions.push({ key: `${file}#${name}`, file, line, lines });
  };
  new Visitor({
    CallExpression: ({ callee, arguments: args }) => {
      if (callee.type === 'Identifier' && SUITES.has(callee.name)) suites.add(args.at(-1));
    },
    VariableDeclarator: ({ id, init }) => {
      if (id.type === 'Identifier') names.set(init, id.name);
    },
    MethodDefinition: ({ key, value }) => names.set(value, source.slice(key.start, key.end)),
    Property: ({ key, value }) => names.set(value, source.slice(key.start, key.end)),
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(parseSync(file, source).program);
  return functions;
}
