import type { Direction, Finding, Level, Place } from '../finding.ts';
import { hashOf } from '../hash.ts';
import { idPrefix } from '../schema/change.ts';
import type { Child, Pair } from '../schema/pair.ts';

/** Of an operation itself. */
export interface Told {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
  readonly place: Place;
}

/** What a schema belongs to: `the request body`, `the query parameter 'sort'`. */
export interface Subject {
  readonly operation: string;
  readonly direction: Direction;
  readonly what: string;
}

/** Gathers findings; the same one of several operations is told once, with all of them. */
export class Collector {
  readonly #found = new Map<string, { finding: Finding; alsoIn: Set<string> }>();
  readonly #pairs: { readonly subject: Subject; readonly pair: Pair }[] = [];

  add(operation: string, told: Told, what = told.text): void {
    const key = `${told.id} ${told.place.document} ${told.place.pointer} ${what}`;
    const known = this.#found.get(key);
    if (known) {
      if (known.finding.operation !== operation) known.alsoIn.add(operation);
      return;
    }
    const fingerprint = hashOf(`${told.id} ${operation} ${told.text}`);
    this.#found.set(key, {
      finding: { ...told, operation, alsoIn: [], fingerprint },
      alsoIn: new Set(),
    });
  }

  addPair(subject: Subject, pair: Pair): void {
    this.#pairs.push({ subject, pair });
  }

  findings(): Finding[] {
    const changed = changedAmong(this.#pairs.map(({ pair }) => pair));
    for (const { subject, pair } of this.#pairs) {
      this.#walk(subject, { pair, path: '', seen: new Set(), changed });
    }
    this.#pairs.length = 0;
    return [...this.#found.values()].map(({ finding, alsoIn }) => ({
      ...finding,
      alsoIn: [...alsoIn],
    }));
  }

  #walk(subject: Subject, { pair, path, seen, changed }: Walk): void {
    if (seen.has(pair) || !changed.has(pair)) return;
    seen.add(pair);
    for (const change of pair.changes) {
      const id = change.id.startsWith('=')
        ? change.id.slice(1)
        : `${idPrefix(subject.direction, pair.role)}-${change.id}`;
      const where = placeText(
        subject.what,
        change.property === undefined ? path : dotted(path, change.property),
      );
      const told = {
        id,
        level: change.level,
        text: `${where} ${change.text}`,
        place: change.place,
      };
      this.add(subject.operation, told, change.text);
    }
    for (const child of pair.children) {
      this.#walk(subject, { pair: child.pair, path: deeper(path, child), seen, changed });
    }
  }
}

interface Walk {
  readonly pair: Pair;
  readonly path: string;
  readonly seen: Set<Pair>;
  readonly changed: ReadonlySet<Pair>;
}

/** Pairs with a change in them or below them: most of a large document has none, and is not walked. */
function changedAmong(roots: readonly Pair[]): ReadonlySet<Pair> {
  const above = new Map<Pair, Pair[]>();
  const open = [...roots];
  const known = new Set(open);
  for (let pair = open.pop(); pair; pair = open.pop()) {
    for (const { pair: below } of pair.children) {
      const parents = above.get(below);
      if (parents) parents.push(pair);
      else above.set(below, [pair]);
      if (known.has(below)) continue;
      known.add(below);
      open.push(below);
    }
  }
  const changed = new Set([...known].filter(({ changes }) => changes.length > 0));
  for (const pair of changed) for (const parent of above.get(pair) ?? []) changed.add(parent);
  return changed;
}

function deeper(path: string, { name }: Child): string {
  if (name === '') return path;
  return name === '[]' ? `${path}[]` : dotted(path, name);
}

function dotted(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function placeText(what: string, path: string): string {
  return path === '' ? what : `'${path}' of ${what}`;
}
