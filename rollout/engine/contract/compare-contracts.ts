import { ApiDocument } from './api-document.ts';
import { contractError } from './contract-error.ts';
import type { Finding, Level, Place } from './finding.ts';
import { Collector } from './operation/collector.ts';
import { compareOperation } from './operation/compare-operation.ts';
import type { Comparing } from './operation/comparing.ts';
import { findOperations } from './operation/find-operations.ts';
import type { Operation } from './operation/find-operations.ts';
import { graceOf } from './operation/sunset.ts';
import { SchemaComparer } from './schema/compare-schemas.ts';
import { Unchanged } from './unchanged.ts';

/** A parsed document, and what it is called in errors. */
export interface Contract {
  readonly name: string;
  readonly root: unknown;
}

/**
 * What clients of `base` would notice if `revision` took its place, the worst first. One comparison
 * with two directions: a request must be accepted as before, an answer contain nothing new.
 * OpenAPI 3.0 and 3.1; ids are those of oasdiff where it has one.
 * @throws contract_invalid
 */
export function compareContracts(base: Contract, revision: Contract, today: Date): Finding[] {
  try {
    return compare(base, revision, today);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack is over: no document of people is so deep, nor a chain of its references so long.
    const names = `${base.name} or ${revision.name}`;
    const expected = 'some hundred levels at most';
    throw contractError({ document: names, pointer: '' }, 'is nested too deeply', expected);
  }
}

function compare(base: Contract, revision: Contract, today: Date): Finding[] {
  const documents = {
    base: new ApiDocument(base.root, base.name),
    revision: new ApiDocument(revision.root, revision.name),
  };
  const unchanged = new Unchanged(documents.base, documents.revision);
  const schemas = new SchemaComparer(documents, unchanged);
  const comparing: Comparing = {
    ...documents,
    today,
    schemas,
    unchanged,
    collector: new Collector(),
  };
  const before = findOperations(documents.base);
  const now = findOperations(documents.revision);
  const byKey = new Map(now.map((operation) => [operation.key, operation]));
  const paths = new Set(now.map(({ pathKey }) => pathKey));
  for (const operation of before) {
    const same = byKey.get(operation.key);
    if (same) compareOperation(comparing, operation, same);
    else tellGone(comparing, operation, paths.has(operation.pathKey));
  }
  const known = new Set(before.map(({ key }) => key));
  for (const operation of now) if (!known.has(operation.key)) tellNew(comparing, operation);
  return comparing.collector.findings().toSorted((a, b) => RANK[a.level] - RANK[b.level]);
}

const RANK: Readonly<Record<Level, number>> = { ERR: 0, WARN: 1, INFO: 2 };

const GONE = {
  none: ['removed-without-deprecation', 'ERR', 'is gone'],
  announced: ['removed-with-deprecation', 'INFO', 'is gone, as was announced'],
  over: ['removed-with-deprecation', 'INFO', 'is gone, after its sunset date'],
  early: ['removed-before-sunset', 'ERR', 'is gone before its sunset date'],
  unreadable: ['sunset-parse', 'ERR', 'is gone, and its sunset date was no day such as 2027-01-31'],
} as const satisfies Record<string, readonly [string, Level, string]>;

function tellGone({ collector, today }: Comparing, operation: Operation, hasPath: boolean): void {
  const { name, kind, node } = operation;
  const place: Place = { document: 'base', pointer: node.pointer };
  const [end, level, text] = GONE[graceOf(node.value, today)];
  const isApi = kind === 'path';
  // There is no api-sunset-parse for a method alone.
  const prefix = hasPath && end !== 'sunset-parse' ? 'api' : 'api-path';
  const id = isApi ? `${prefix}-${end}` : `${kind}-removed`;
  collector.add(name, { id, level, text: `it ${text}`, place });
}

function tellNew({ collector }: Comparing, { name, kind, node }: Operation): void {
  const place: Place = { document: 'revision', pointer: node.pointer };
  const id = kind === 'path' ? 'endpoint-added' : `${kind}-added`;
  collector.add(name, { id, level: 'INFO', text: 'it is new', place });
}
