import { posix } from 'node:path';
import { isCode, isTestCode, listFiles } from './source-tree.ts';
import type { Violation } from './violation.ts';

const MAX_ENTRIES = 12;
/** They say where code was put, not what it is. */
const EMPTY_WORDS = /^(utils?|helpers?|common|shared|misc|lib|core|managers?|interfaces|types)$/;
/** Whole names of files that hide what is inside, or a layer for its own sake. */
const EMPTY_FILES = /^(index|service|[\w-]+-service)$/;
const NOT_COUNTED = /^(README\.md|package(-lock)?\.json|tsconfig.*\.json|\..*)$/;
/** Migrations and decisions are lists in time. */
const NUMBERED = /^\d{2,}/;

/** Names that say nothing, and folders in which too much meets. */
export function checkNames(root: string): Violation[] {
  const files = listFiles(root);
  const children = new Map<string, Set<string>>([['', new Set()]]);
  for (const file of files) addToFolders(file, children);
  return [
    ...files.filter(isCode).filter(hasEmptyName).map(emptyName),
    ...[...children.keys()].filter((folder) => saysNothing(posix.basename(folder))).map(emptyName),
    ...[...children].flatMap(([folder, names]) => crowded(folder, names)),
  ];
}

function addToFolders(file: string, children: Map<string, Set<string>>): void {
  for (let path = file; path !== '.'; path = posix.dirname(path)) {
    const parent = posix.dirname(path) === '.' ? '' : posix.dirname(path);
    const names = children.get(parent) ?? new Set();
    children.set(parent, names.add(posix.basename(path)));
  }
}

function hasEmptyName(file: string): boolean {
  const [stem = ''] = posix.basename(file).split('.');
  return saysNothing(stem) || EMPTY_FILES.test(stem);
}

function saysNothing(name: string): boolean {
  return name.split('-').some((word) => EMPTY_WORDS.test(word));
}

function emptyName(file: string): Violation {
  return { rule: 'name-says-something', file, message: 'name it for what it holds or does' };
}

function crowded(folder: string, names: ReadonlySet<string>): Violation[] {
  const path = (name: string) => posix.join(folder, name);
  const counted = [...names].filter(
    (name) => !NOT_COUNTED.test(name) && !NUMBERED.test(name) && !isTestCode(path(name)),
  );
  if (counted.length <= MAX_ENTRIES) return [];
  const message = `has ${counted.length} entries, more than ${MAX_ENTRIES}: a question about the design`;
  return [{ rule: 'folder-not-crowded', file: folder === '' ? '.' : folder, message }];
}
