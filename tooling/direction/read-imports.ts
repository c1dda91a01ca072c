import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { lineAt } from '../line-at.ts';

export interface Import {
  readonly from: string;
  /** A path of the repository, `node:fs` or `npm:pg`. */
  readonly to: string;
  readonly line: number;
}

/**
 * Every import of a file, also of types, re-exports, `import()` and `import('x').T`. A specifier
 * that is no literal cannot be judged and is left out.
 */
export function readImports(root: string, file: string, workspaces: readonly string[]): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  const imports: Import[] = [];
  const add = (literal: unknown): void => {
    const { value, start } = (literal ?? {}) as { value?: unknown; start?: number };
    if (typeof value !== 'string' || start === undefined) return;
    imports.push({ from: file, to: resolve(file, value, workspaces), line: lineAt(source, start) });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
  }).visit(parseSync(file, source).program);
  return imports;
}

function resolve(from: string, specifier: string, workspaces: readonly string[]): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (workspaces.includes(specifier.split('/')[0] ?? '')) return specifier;
  return `npm:${/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier}`;
}
