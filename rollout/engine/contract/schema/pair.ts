import type { Json, Node } from '../api-document.ts';
import type { Direction } from '../finding.ts';
import type { Change, Role } from './change.ts';
import type { Shapes } from './shape.ts';

/** Two schemas side by side: what changed in themselves, and the parts that were compared, too. */
export interface Pair {
  readonly role: Role;
  readonly changes: readonly Change[];
  readonly children: readonly Child[];
}

/** `name` is a property, `[]` the elements of a list, empty: another form of the same value. */
export interface Child {
  readonly name: string;
  readonly pair: Pair;
}

/** Two schemas whose comparison is asked for. */
export interface Question {
  readonly base: Node<Json>;
  readonly revision: Node<Json>;
  readonly direction: Direction;
  readonly role: Role;
}

/** Who answers them; parts of a comparison ask for further ones. */
export interface Comparer {
  readonly base: Shapes;
  readonly revision: Shapes;
  compare(question: Question): Pair;
  /** Whether nothing in the pair breaks anybody. */
  isHarmless(question: Question): boolean;
}
