import type { ApiDocument, Json, Node } from '../api-document.ts';
import { compareLimits } from './compare-limits.ts';
import { compareProperties, isInvisible } from './compare-object.ts';
import { compareType } from './compare-type.ts';
import { compareUnions } from './compare-unions.ts';
import { compareValues } from './compare-values.ts';
import type { Change, Comparison, Role } from './change.ts';
import type { Child, Comparer, Pair, Question } from './pair.ts';
import type { Unchanged } from '../unchanged.ts';
import { Shapes } from './shape.ts';
import type { Shape } from './shape.ts';

const ANYTHING: Node<Json> = { value: true, pointer: '', component: null };

/**
 * Compares schemas of two documents, each pair once for each direction: documents use the same
 * schema in many places, and schemas may contain themselves.
 */
export class SchemaComparer implements Comparer {
  readonly base: Shapes;
  readonly revision: Shapes;
  readonly #unchanged: Unchanged;
  readonly #known = new Map<string, Pair>();
  readonly #ids = new Map<Shape, number>();

  constructor(
    documents: { readonly base: ApiDocument; readonly revision: ApiDocument },
    unchanged: Unchanged,
  ) {
    this.base = new Shapes(documents.base);
    this.revision = new Shapes(documents.revision);
    this.#unchanged = unchanged;
  }

  compare({ base, revision, direction, role }: Question): Pair {
    if (this.#isSameComponent(base, revision)) return { role, changes: [], children: [] };
    const both = {
      base: this.base.of(base),
      revision: this.revision.of(revision),
      direction,
      role,
    };
    const key = `${this.#id(both.base)} ${this.#id(both.revision)} ${direction} ${role}`;
    const known = this.#known.get(key);
    if (known) return known;
    const changes: Change[] = [];
    const children: Child[] = [];
    const pair: Pair = { role, changes, children };
    // Before its parts, which may lead back to it.
    this.#known.set(key, pair);
    changes.push(...compareType(both), ...compareValues(both), ...compareLimits(both));
    if (!changes.some(({ id, level }) => id === 'type-changed' && level === 'ERR')) {
      changes.push(...compareProperties(both, this));
      children.push(...this.#compareParts(both));
    }
    const unions = compareUnions(both, { base, revision }, this);
    changes.push(...unions.changes);
    children.push(...unions.children);
    return pair;
  }

  #compareParts(both: Comparison): Child[] {
    const { base, revision, direction } = both;
    const role = ROLE_OF_PARTS[both.role];
    const child = (name: string, was: Node<Json>, is: Node<Json>): Child => ({
      name,
      pair: this.compare({ base: was, revision: is, direction, role }),
    });
    const children: Child[] = [];
    for (const [name, was] of base.properties) {
      const is = revision.properties.get(name);
      if (!is) continue;
      const hidden =
        isInvisible(direction, this.base.of(was)) && isInvisible(direction, this.revision.of(is));
      if (!hidden) children.push(child(name, was, is));
    }
    if (base.items ?? revision.items) {
      children.push(child('[]', base.items ?? ANYTHING, revision.items ?? ANYTHING));
    }
    if (
      base.others &&
      revision.others &&
      base.others.value !== false &&
      revision.others.value !== false
    ) {
      children.push(child('*', base.others, revision.others));
    }
    return children;
  }

  isHarmless(question: Question): boolean {
    return !breaks(this.compare(question), new Set());
  }

  #isSameComponent(base: Node<Json>, revision: Node<Json>): boolean {
    const { pointer } = this.base.document.follow(base);
    return (
      /^\/components\/schemas\/[^/]+$/.test(pointer) &&
      this.revision.document.follow(revision).pointer === pointer &&
      this.#unchanged.isSameComponent(`#${pointer}`)
    );
  }

  #id(shape: Shape): number {
    const known = this.#ids.get(shape);
    if (known !== undefined) return known;
    this.#ids.set(shape, this.#ids.size);
    return this.#ids.size - 1;
  }
}

const ROLE_OF_PARTS: Readonly<Record<Role, Role>> = {
  body: 'property',
  property: 'property',
  parameter: 'parameter-property',
  'parameter-property': 'parameter-property',
  header: 'header',
};

function breaks(pair: Pair, seen: Set<Pair>): boolean {
  if (seen.has(pair)) return false;
  seen.add(pair);
  return (
    pair.changes.some(({ level }) => level === 'ERR') ||
    pair.children.some((child) => breaks(child.pair, seen))
  );
}
