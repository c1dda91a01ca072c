import type { Records } from './records.ts';

interface Named {
  readonly name: string;
}

/** Records of one kind by their names, in memory; a change is on disk when it returns. */
export class KeptMap<T extends Named> {
  readonly #records: Records;
  readonly #kind: string;
  readonly #values: Map<string, T>;

  constructor(records: Records, kind: string) {
    this.#records = records;
    this.#kind = kind;
    this.#values = new Map(records.list<T>(kind).map((value) => [value.name, value]));
  }

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  /** In order of their names. */
  values(): T[] {
    return [...this.#values.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(value: T): void {
    this.#records.write([{ kind: this.#kind, name: value.name, value }]);
    this.#values.set(value.name, value);
  }

  /** All of them or none. */
  delete(names: readonly string[]): void {
    this.#records.write(names.map((name) => ({ kind: this.#kind, name, value: null })));
    for (const name of names) this.#values.delete(name);
  }
}
