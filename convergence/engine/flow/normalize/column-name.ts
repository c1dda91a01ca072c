import { LOAD_COLUMNS } from './column.ts';

const MAX_LENGTH = 120;
const RESERVED: ReadonlySet<string> = new Set(LOAD_COLUMNS);

/**
 * The names that columns get in a table, in the order of `names`: lower snake_case of letters,
 * digits and underscores. Two sources with one safe name get `_2`, `_3` …; which of them gets which
 * does not depend on their order, and a name that is safe as it stands keeps itself.
 */
export function safeNames(names: readonly string[]): string[] {
  const given = new Map<string, string>();
  const taken = new Set<string>(RESERVED);
  for (const name of [...names].toSorted(safeOnesFirst)) {
    const safe = safeName(name);
    let free = safe;
    for (let turn = 2; taken.has(free); turn++) free = `${safe}_${turn}`;
    taken.add(free);
    given.set(name, free);
  }
  return names.map((name) => given.get(name) ?? name);
}

/** One name by itself, collisions left aside; what a person types is matched with it. */
export function safeName(name: string): string {
  const words = name
    .normalize('NFC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_]+/gu, '_')
    // Two underscores in front mark columns of the warehouse's own.
    .replace(/_{2,}/g, '_')
    .slice(0, MAX_LENGTH);
  const trimmed = words.length > 1 ? words.replace(/_$/, '') : words;
  if (trimmed === '' || trimmed === '_') return 'column';
  return /^\p{N}/u.test(trimmed) ? `_${trimmed}` : trimmed;
}

function safeOnesFirst(a: string, b: string): number {
  const aIsSafe = a === safeName(a);
  if (aIsSafe !== (b === safeName(b))) return aIsSafe ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
