import { directionRules } from './direction-rules.ts';
import type { DirectionRule } from './direction-rules.ts';
import { findCycles } from './find-cycles.ts';
import { readImports } from './read-imports.ts';
import type { Import } from './read-imports.ts';
import { isCode, listFiles } from '../source-tree.ts';
import type { Violation } from '../violation.ts';

/** Holds all imports below `root` against the rules of direction, and looks for circles. */
export function checkDirection(root: string): Violation[] {
  const files = listFiles(root);
  const workspaces = files
    .filter((file) => /^[^/]+\/package\.json$/.test(file))
    .map((file) => file.split('/')[0] ?? '');
  const imports = files.filter(isCode).flatMap((file) => readImports(root, file, workspaces));
  return [
    ...imports.flatMap(brokenRules),
    ...unresolved(imports, new Set(files)),
    ...circles(imports),
  ];
}

function brokenRules(found: Import): Violation[] {
  return directionRules
    .filter((rule) => forbids(rule, found))
    .map((rule) => ({
      rule: rule.name,
      file: found.from,
      line: found.line,
      message: `must not import ${found.to}: ${rule.because}`,
    }));
}

function forbids(rule: DirectionRule, { from, to }: Import): boolean {
  const match = new RegExp(rule.from).exec(from);
  if (!match || (rule.fromNot && new RegExp(rule.fromNot).test(from))) return false;
  const withGroup = (pattern: string) => new RegExp(pattern.replaceAll('$1', match[1] ?? ''));
  return withGroup(rule.to).test(to) && !(rule.toNot && withGroup(rule.toNot).test(to));
}

/** An import that leads nowhere would hide what it breaks. */
function unresolved(imports: readonly Import[], files: ReadonlySet<string>): Violation[] {
  return imports
    .filter(({ to }) => !/^(node|npm):/.test(to) && !files.has(to))
    .map(({ from, to, line }) => ({
      rule: 'import-resolves',
      file: from,
      line,
      message: `imports ${to}, which does not exist`,
    }));
}

function circles(imports: readonly Import[]): Violation[] {
  return findCycles(imports).map((cycle) => ({
    rule: 'no-cycle',
    file: cycle[0] ?? '',
    message: `imports itself through ${[...cycle.slice(1), cycle[0]].join(' -> ')}`,
  }));
}
