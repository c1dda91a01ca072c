import { randomUUID } from 'node:crypto';
import type { Records } from '../control-plane/records.ts';
import type { StatusDetail } from '../protocol/status-error.ts';
import type { OperationSource, WireOperation } from './operation-source.ts';

export interface EndedOperation {
  /** Such as `projects/p/locations/r`; empty where the API's operations belong to nothing. */
  readonly parent: string;
  readonly metadata?: StatusDetail;
  readonly response: StatusDetail;
}

const KIND = 'operation';
const MAX_KEPT = 1000;

/**
 * Operations of products that change things at once and whose API answers with an operation all
 * the same: they are done when they are first seen.
 */
export class OperationBook implements OperationSource {
  readonly #records: Records;
  readonly #operations: Map<string, WireOperation>;

  constructor(records: Records) {
    this.#records = records;
    const kept = records.list<WireOperation>(KIND);
    this.#operations = new Map(kept.map((operation) => [operation.name, operation]));
  }

  /** To answer with; what it was about must be stored. */
  add({ parent, ...ended }: EndedOperation): WireOperation {
    const id = `operations/${randomUUID()}`;
    const operation = { name: parent ? `${parent}/${id}` : id, ...ended, done: true };
    const { name } = operation;
    this.#records.write([{ kind: KIND, name, value: operation }]);
    this.#operations.set(name, operation);
    for (const old of [...this.#operations.keys()].slice(0, -MAX_KEPT)) this.forget(old);
    return operation;
  }

  get(name: string): WireOperation | undefined {
    return this.#operations.get(name);
  }

  list(parent: string): readonly WireOperation[] {
    const prefix = `${parent}/operations/`;
    return [...this.#operations.values()].filter(({ name }) => name.startsWith(prefix));
  }

  async wait(): Promise<void> {
    // All of them are done.
  }

  forget(name: string): void {
    this.#records.write([{ kind: KIND, name, value: null }]);
    this.#operations.delete(name);
  }
}
