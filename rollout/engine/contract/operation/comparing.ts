import type { ApiDocument, Json, Node } from '../api-document.ts';
import type { Direction } from '../finding.ts';
import type { Role } from '../schema/change.ts';
import type { SchemaComparer } from '../schema/compare-schemas.ts';
import type { Unchanged } from '../unchanged.ts';
import type { Collector } from './collector.ts';
import type { Operation } from './find-operations.ts';

/** Both documents, and where findings go. */
export interface Comparing {
  readonly base: ApiDocument;
  readonly revision: ApiDocument;
  readonly today: Date;
  readonly schemas: SchemaComparer;
  readonly unchanged: Unchanged;
  readonly collector: Collector;
}

/** One operation of both documents. */
export interface Matched {
  readonly was: Operation;
  readonly is: Operation;
  /** Who sends: the service itself in webhooks and callbacks. */
  readonly sends: Direction;
  readonly answers: Direction;
}

/** Two schemas of an operation; one that is missing allows anything. */
export function compareSchemas(
  { schemas, collector }: Comparing,
  nodes: { readonly was: Node<Json> | null; readonly is: Node<Json> | null },
  at: {
    readonly operation: string;
    readonly direction: Direction;
    readonly role: Role;
    readonly what: string;
  },
): void {
  const { was, is } = nodes;
  if (was === null && is === null) return;
  const question = { base: was ?? ANYTHING, revision: is ?? ANYTHING, ...at };
  collector.addPair(at, schemas.compare(question));
}

const ANYTHING: Node<Json> = { value: true, pointer: '', component: null };
