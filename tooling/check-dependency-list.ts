import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { listFiles } from './source-tree.ts';
import type { Violation } from './violation.ts';

const LIST = 'docs/dependencies.md';

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** Every dependency has a row in the list that says what for, and every row a dependency. */
export function checkDependencyList(root: string): Violation[] {
  const manifests = listFiles(root)
    .filter((file) => posix.basename(file) === 'package.json')
    .map((file) => ({ file, ...readManifest(join(root, file)) }));
  const own = new Set(manifests.map(({ name }) => name));
  const wanted = manifests.flatMap((manifest) =>
    dependenciesOf(manifest)
      .filter((name) => !own.has(name))
      .map((name) => ({ name, file: manifest.file })),
  );
  const listed = new Map(readRows(root).map((row) => [row.name, row.line]));
  const wantedNames = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted
      .filter(({ name }) => !listed.has(name))
      .map(({ name, file }) => violation(file, `${name} has no row in ${LIST}`)),
    ...[...listed]
      .filter(([name]) => !wantedNames.has(name))
      .map(([name, line]) => ({ ...violation(LIST, `${name} is no dependency any more`), line })),
  ];
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

function dependenciesOf(manifest: Manifest): string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

/** Rows start with the names of one or more packages in backticks. */
function readRows(root: string): { name: string; line: number }[] {
  const path = join(root, LIST);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.flatMap((text, at) => {
    const first = /^\|([^|]*)\|/.exec(text)?.[1] ?? '';
    return [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, line: at + 1 }));
  });
}

function violation(file: string, message: string): Violation {
  return { rule: 'dependency-listed', file, message };
}
