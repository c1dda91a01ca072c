import type { ApiDocument, Json, Node } from '../api-document.ts';
import type { Direction, Level, Place } from '../finding.ts';
import { compareTold } from './compare-lifecycle.ts';
import type { Role } from '../schema/change.ts';
import type { Unchanged } from '../unchanged.ts';
import type { SchemaComparer } from '../schema/compare-schemas.ts';
import type { Collector, Told } from './collector.ts';
import type { Operation } from './find-operations.ts';
import { findParameters } from './parameters.ts';
import type { Parameter } from './parameters.ts';
import { compareResponses } from './compare-responses.ts';
import { compareBodies } from './compare-bodies.ts';
import { graceOf } from './sunset.ts';

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

export function compareOperation(comparing: Comparing, was: Operation, is: Operation): void {
  if (isUnchanged(comparing, was, is)) return;
  const called = is.kind === 'path';
  const matched: Matched = {
    was,
    is,
    sends: called ? 'request' : 'response',
    answers: called ? 'response' : 'request',
  };
  compareTold(comparing, matched);
  compareParameters(comparing, matched);
  compareBodies(comparing, matched);
  compareResponses(comparing, matched);
}

function isUnchanged(
  { base, revision, unchanged }: Comparing,
  was: Operation,
  is: Operation,
): boolean {
  const shared = (document: ApiDocument, { item }: Operation) => ({
    value: document.listAt(item, 'parameters').map(({ value }) => value),
    pointer: '',
    component: null,
  });
  return (
    was.name === is.name &&
    unchanged.isSame(was.node, is.node) &&
    unchanged.isSame(shared(base, was), shared(revision, is))
  );
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

function compareParameters(comparing: Comparing, { was, is, sends }: Matched): void {
  const [before, after] = [
    findParameters(comparing.base, was),
    findParameters(comparing.revision, is),
  ];
  const tell = (told: Told) => comparing.collector.add(is.name, told);
  for (const [key, parameter] of before) {
    const now = after.get(key);
    if (!now) {
      tell(gone(parameter, comparing.today));
      continue;
    }
    for (const told of compareParameter(parameter, now)) tell(told);
    const at = {
      operation: is.name,
      direction: sends,
      role: 'parameter' as const,
      what: nameOf(now),
    };
    compareSchemas(comparing, { was: parameter.schema, is: now.schema }, at);
  }
  for (const [key, parameter] of after) if (!before.has(key)) tell(fresh(parameter));
}

function nameOf({ place, name }: Parameter): string {
  return `the ${place} parameter '${name}'`;
}

const GONE = {
  none: ['request-parameter-removed', 'WARN', 'is gone'],
  announced: ['request-parameter-removed-with-deprecation', 'INFO', 'is gone, as was announced'],
  over: ['request-parameter-removed-with-deprecation', 'INFO', 'is gone, after its sunset date'],
  early: ['request-parameter-removed-before-sunset', 'ERR', 'is gone before its sunset date'],
  unreadable: ['request-parameter-sunset-parse', 'ERR', 'is gone, and its sunset date was none'],
} as const satisfies Record<string, readonly [string, Level, string]>;

function gone(parameter: Parameter, today: Date): Told {
  const [id, level, text] = GONE[graceOf(parameter.node.value, today)];
  const place: Place = { document: 'base', pointer: parameter.node.pointer };
  return { id, level, text: `${nameOf(parameter)} ${text}`, place };
}

function fresh(parameter: Parameter): Told {
  const { isRequired, node } = parameter;
  const place: Place = { document: 'revision', pointer: node.pointer };
  if (parameter.place === 'path') {
    const text = `${nameOf(parameter)} is new`;
    return { id: 'new-request-path-parameter', level: 'ERR', text, place };
  }
  return isRequired
    ? {
        id: 'new-required-request-parameter',
        level: 'ERR',
        text: `${nameOf(parameter)} is new and required`,
        place,
      }
    : {
        id: 'new-optional-request-parameter',
        level: 'INFO',
        text: `${nameOf(parameter)} is new, and may be left out`,
        place,
      };
}

function compareParameter(was: Parameter, is: Parameter): Told[] {
  const place: Place = { document: 'revision', pointer: is.node.pointer };
  const told: Told[] = [];
  if (was.isRequired !== is.isRequired) {
    const [id, level, text] = is.isRequired
      ? (['request-parameter-became-required', 'ERR', 'is required now'] as const)
      : (['request-parameter-became-optional', 'INFO', 'may be left out now'] as const);
    told.push({ id, level, text: `${nameOf(is)} ${text}`, place });
  }
  if (was.node.value.deprecated !== true && is.node.value.deprecated === true) {
    const text = `${nameOf(is)} is deprecated`;
    told.push({ id: 'request-parameter-deprecated', level: 'INFO', text, place });
  }
  if (was.style !== is.style && isWrittenInParts(was, is)) {
    const text = `${nameOf(is)} is written in the style ${is.style}, it was ${was.style}`;
    told.push({ id: 'request-parameter-style-changed', level: 'ERR', text, place });
  }
  return told;
}

/** A single value is written alike in all styles of a place. */
function isWrittenInParts(was: Parameter, is: Parameter): boolean {
  const isPlain = ({ schema }: Parameter) =>
    schema !== null &&
    typeof schema.value === 'object' &&
    /^(string|integer|number|boolean)$/.test(String((schema.value as { type?: unknown }).type));
  return !(isPlain(was) && isPlain(is));
}
