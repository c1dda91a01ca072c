import { BigQueryError } from '../bigquery-error.ts';
import { shapeOf } from '../resource/append-schema.ts';
import { showTable } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { RowChange, RowStore, StoredRow } from './row-store.ts';
import type { TableLocks } from './table-locks.ts';
import type { TableStore } from './table-store.ts';

interface Changed {
  /** As it was when its rows were written. */
  readonly table: KeptTable;
  isEmptied: boolean;
  readonly removed: Set<number>;
  added: StoredRow[];
}

export interface TransactionDeps {
  readonly rows: RowStore;
  readonly tables: TableStore;
  readonly locks: TableLocks;
}

/**
 * Reads what was there when it began and what it has written itself
 * (https://cloud.google.com/bigquery/docs/transactions#transaction_isolation). Who changes or deletes
 * rows of a table excludes others from that until the end.
 */
export class Transaction {
  readonly #deps: TransactionDeps;
  readonly #version: number;
  readonly #changed = new Map<number, Changed>();
  /** Of rows that are not written yet; others have ids above 0. */
  #nextId = -1;

  constructor(deps: TransactionDeps) {
    this.#deps = deps;
    this.#version = deps.rows.hold();
  }

  read({ key }: KeptTable): StoredRow[] {
    const changed = this.#changed.get(key);
    if (changed?.isEmptied) return changed.added;
    const stored: StoredRow[] = [];
    for (const row of this.#deps.rows.read(key, this.#version))
      if (!changed?.removed.has(row.id)) stored.push(row);
    return [...stored, ...(changed?.added ?? [])];
  }

  add(table: KeptTable, contents: readonly Buffer[]): void {
    const changed = this.#change(table);
    for (const content of contents) changed.added.push({ id: this.#nextId--, content });
  }

  /** After `lock` or `claim`. */
  remove(table: KeptTable, ids: ReadonlySet<number>): void {
    const changed = this.#change(table);
    changed.added = changed.added.filter(({ id }) => !ids.has(id));
    for (const id of ids) if (id > 0) changed.removed.add(id);
  }

  /** After `lock` or `claim`. */
  empty(table: KeptTable): void {
    this.#changed.set(table.key, { table, isEmptied: true, removed: new Set(), added: [] });
  }

  /** Has the table to change its rows, or is refused because another one has it or had it since. */
  claim(table: KeptTable): void {
    const { locks } = this.#deps;
    const { key } = table;
    if (locks.tryLock(key, this) && locks.changedAt(key) <= this.#version) return;
    throw aborted(table);
  }

  changes(): RowChange[] {
    return [...this.#changed].map(([tableKey, { isEmptied, removed, added }]) => ({
      tableKey,
      removed: isEmptied ? 'all' : [...removed],
      added: added.map(({ content }) => content),
    }));
  }

  /** In a transaction of SQLite. Refused when a table is gone, or has another schema by now. */
  apply(): void {
    for (const { table } of this.#changed.values()) {
      const now = this.#deps.tables.findTable(table.tableReference);
      const isSame =
        now?.key === table.key && shapeOf(now.schema.fields) === shapeOf(table.schema.fields);
      if (!isSame) throw aborted(table);
    }
    const changes = this.changes();
    const version = this.#deps.rows.apply(changes);
    for (const { tableKey, removed } of changes)
      if (removed.length > 0) this.#deps.locks.noteChange(tableKey, version);
  }

  /** Once, whether it was applied or not. */
  end(): void {
    this.#deps.rows.release(this.#version);
    this.#deps.locks.releaseAll(this);
  }

  #change(table: KeptTable): Changed {
    const known = this.#changed.get(table.key);
    if (known) return known;
    const fresh = { table, isEmptied: false, removed: new Set<number>(), added: [] };
    this.#changed.set(table.key, fresh);
    return fresh;
  }
}

function aborted({ tableReference }: KeptTable): BigQueryError {
  const name = showTable(tableReference);
  const message = `Transaction is aborted due to concurrent update against table ${name}.`;
  return new BigQueryError('invalidQuery', message);
}
