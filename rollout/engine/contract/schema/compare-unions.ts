import type { Json, Node } from '../api-document.ts';
import type { Change, Comparison } from './change.ts';
import { inBase, inRevision, levelOf } from './change.ts';
import type { Child, Comparer, Pair, Question } from './pair.ts';
import type { Union } from './shape.ts';

interface Nodes {
  readonly base: Node<Json>;
  readonly revision: Node<Json>;
}

interface Compared {
  readonly changes: readonly Change[];
  readonly children: readonly Child[];
}

/** `oneOf` and `anyOf`: which alternatives came and went, and what changed in those that stayed. */
export function compareUnions(both: Comparison, nodes: Nodes, comparer: Comparer): Compared {
  const [was, is] = [both.base.unions, both.revision.unions];
  if (was.length === 0 && is.length === 0) return { changes: [], children: [] };
  if (was.length === is.length) {
    const found = was.map((union, index) =>
      compareMembers({ both, comparer, kind: union.kind }, union.members, is[index]?.members ?? []),
    );
    return {
      changes: found.flatMap(({ changes }) => changes),
      children: found.flatMap(({ children }) => children),
    };
  }
  const kind = (was[0] ?? is[0])?.kind ?? 'oneOf';
  return compareMembers(
    { both, comparer, kind },
    comparer.base.alternatives(nodes.base),
    comparer.revision.alternatives(nodes.revision),
  );
}

interface Setting {
  readonly both: Comparison;
  readonly comparer: Comparer;
  readonly kind: Union['kind'];
}

function compareMembers(
  setting: Setting,
  was: readonly Node<Json>[],
  is: readonly Node<Json>[],
): Compared {
  const left = new Set(was);
  const right = new Set(is);
  const children: Child[] = [];
  const pairUp = (areSame: (a: Node<Json>, b: Node<Json>) => boolean) => {
    for (const a of left) {
      const b = [...right].find((candidate) => areSame(a, candidate));
      if (!b) continue;
      left.delete(a);
      right.delete(b);
      children.push({ name: '', pair: ask(setting, a, b) });
    }
  };
  const { base, revision } = setting.comparer;
  pairUp((a, b) => base.digest(a) === revision.digest(b));
  pairUp((a, b) => a.component !== null && a.component === b.component);
  dropCovered(setting, { left, right, was, is });
  // A single one on each side is the same one, changed.
  if (left.size === 1 && right.size === 1 && was.length === is.length) pairUp(() => true);
  return { changes: [...goneOf(setting, left), ...newOf(setting, right)], children };
}

function questionOf({ both }: Setting, base: Node<Json>, revision: Node<Json>): Question {
  return { base, revision, direction: both.direction, role: both.role };
}

function ask(setting: Setting, base: Node<Json>, revision: Node<Json>): Pair {
  return setting.comparer.compare(questionOf(setting, base, revision));
}

interface Sides {
  readonly left: Set<Node<Json>>;
  readonly right: Set<Node<Json>>;
  readonly was: readonly Node<Json>[];
  readonly is: readonly Node<Json>[];
}

/** A request that another alternative accepts is not lost; an answer that another allowed is not new. */
function dropCovered(setting: Setting, { left, right, was, is }: Sides): void {
  const { comparer, both } = setting;
  const fits = (a: Node<Json>, b: Node<Json>) => comparer.isHarmless(questionOf(setting, a, b));
  if (both.direction === 'request') {
    for (const a of left) if (is.some((b) => fits(a, b))) left.delete(a);
  } else {
    for (const b of right) if (was.some((a) => fits(a, b))) right.delete(b);
  }
}

function goneOf({ both, kind }: Setting, gone: Iterable<Node<Json>>): Change[] {
  return [...gone].map((node) => ({
    id: `${idOf(kind)}-removed`,
    level: levelOf(both.direction, 'narrows'),
    text: `lost the alternative ${nameOf(node)}`,
    place: { ...inBase(both), pointer: node.pointer },
  }));
}

function newOf({ both, kind }: Setting, added: Iterable<Node<Json>>): Change[] {
  return [...added].map((node) => ({
    id: `${idOf(kind)}-added`,
    level: levelOf(both.direction, 'widens'),
    text: `got the alternative ${nameOf(node)}`,
    place: { ...inRevision(both), pointer: node.pointer },
  }));
}

function idOf(kind: Union['kind']): string {
  return kind === 'oneOf' ? 'one-of' : 'any-of';
}

function nameOf({ component, pointer }: Node<Json>): string {
  return component ?? `at ${pointer}`;
}
