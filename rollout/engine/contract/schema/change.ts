import type { Direction, Level, Place } from '../finding.ts';
import type { Shape } from './shape.ts';

/** What a schema is part of; ids begin with it. */
export type Role = 'body' | 'property' | 'parameter' | 'parameter-property' | 'header';

/** A difference of two schemas; where they stand is added by whoever found them. */
export interface Change {
  /** Ends an id, after the role: `max-decreased`; a whole one begins with `=`. */
  readonly id: string;
  readonly level: Level;
  /** Follows the name of the place: `lost the value "rand"`. */
  readonly text: string;
  /** A property of the place that is meant instead of the place itself. */
  readonly property?: string;
  readonly place: Place;
}

/** Two schemas that are compared, and to whom it matters. */
export interface Comparison {
  readonly base: Shape;
  readonly revision: Shape;
  readonly direction: Direction;
  readonly role: Role;
}

/** What is narrower breaks who sends, what is wider breaks who receives. */
export function levelOf(direction: Direction, effect: 'narrows' | 'widens'): Level {
  return (direction === 'request') === (effect === 'narrows') ? 'ERR' : 'INFO';
}

export function inRevision({ revision }: Comparison, key?: string): Place {
  return { document: 'revision', pointer: revision.pointer + (key === undefined ? '' : `/${key}`) };
}

export function inBase({ base }: Comparison, key?: string): Place {
  return { document: 'base', pointer: base.pointer + (key === undefined ? '' : `/${key}`) };
}

export function idPrefix(direction: Direction, role: Role): string {
  if (role === 'header') return 'response-header';
  return `${direction}-${role}`;
}
