import type { Field } from 'googlesql/field.ts';
import type { SqlStatement } from 'googlesql/script.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { planDdl } from '../ddl/execute-ddl.ts';
import type { TableReference } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import type { RowStore } from '../store/row-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { readRow } from '../value/value.ts';
import { analyzeStatement, parseScript } from './analyze-statement.ts';
import type { AnalyzedStatement } from './analyze-statement.ts';
import { assertionOf } from './assertion.ts';
import { bytesBilled, bytesProcessed, requireBytesBilled } from './bytes-billed.ts';
import { executeDml, targetOf } from './execute-dml.ts';
import type { DmlStats } from './execute-dml.ts';
import { executeQuery } from './read-contents.ts';
import type { ReadDeps } from './read-contents.ts';
import type { ScriptScope } from './script-scope.ts';
import { asBigQueryError } from './sql-engine.ts';
import type { SqlEngine } from './sql-engine.ts';
import { statementTypeOf } from './statement-type.ts';

export interface ScriptDeps {
  readonly engine: SqlEngine;
  readonly store: BigQueryStore;
  readonly now: () => Date;
  readonly scope: ScriptScope;
  readonly maximumBytesBilled: number | null;
  /** A table for the rows of the only statement. */
  readonly hasDestination: boolean;
  readonly signal: AbortSignal;
  /** In the transaction of SQLite that writes what statements did. */
  readonly committed: (outcomes: readonly StatementOutcome[], isLast: boolean) => void;
}

export interface StatementOutcome {
  readonly statement: SqlStatement;
  readonly statementType: string;
  readonly tables: readonly KeptTable[];
  readonly bytesProcessed: number;
  readonly bytesBilled: number;
  /** Of a query. */
  readonly fields?: readonly Field[];
  readonly rows?: readonly Buffer[];
  readonly dmlStats?: DmlStats;
  readonly ddlOperationPerformed?: string;
  readonly target?: TableReference;
}

/**
 * Runs statements one after the other. Each outside of BEGIN and COMMIT is a transaction of its own;
 * one that the end of the script finds open is rolled back.
 * @throws BigQueryError of the statement that failed
 */
export async function runScript(deps: ScriptDeps, script: string): Promise<StatementOutcome[]> {
  const statements = await parseScript(deps.engine, script);
  if (statements.length === 0)
    throw new BigQueryError('invalidQuery', 'Syntax error: Unexpected end of script', {
      location: 'query',
    });
  if (statements.length > 1 && deps.hasDestination)
    throw new BigQueryError(
      'invalid',
      'configuration.query.destinationTable cannot be set for scripts',
    );
  return new ScriptRun(deps, script, statements).run();
}

class ScriptRun {
  readonly #deps: ScriptDeps;
  readonly #script: string;
  readonly #statements: readonly SqlStatement[];
  readonly #outcomes: StatementOutcome[] = [];
  /** Between BEGIN and COMMIT or ROLLBACK. */
  #open: Transaction | null = null;

  constructor(deps: ScriptDeps, script: string, statements: readonly SqlStatement[]) {
    this.#deps = deps;
    this.#script = script;
    this.#statements = statements;
  }

  async run(): Promise<StatementOutcome[]> {
    try {
      for (const statement of this.#statements) {
        this.#deps.signal.throwIfAborted();
        await this.#step(statement);
      }
      return this.#outcomes;
    } finally {
      this.#open?.end();
    }
  }

  async #step(statement: SqlStatement): Promise<void> {
    try {
      if (statement.kind === 'begin') this.#begin(statement);
      else if (statement.kind === 'commit') this.#finish(statement, (open) => open.apply());
      else if (statement.kind === 'rollback') this.#finish(statement, () => undefined);
      else await this.#execute(statement);
    } catch (error) {
      throw this.#located(asBigQueryError(error), statement);
    }
  }

  #begin(statement: SqlStatement): void {
    if (this.#open)
      throw new BigQueryError('invalidQuery', 'Nested transactions are not supported', {
        location: 'query',
      });
    this.#open = this.#deps.store.begin();
    this.#outcomes.push(outcomeOf(statement));
  }

  #finish(statement: SqlStatement, act: (open: Transaction) => void): void {
    const open = this.#open;
    if (!open) {
      const word = statement.kind === 'commit' ? 'commit' : 'roll back';
      throw new BigQueryError('invalidQuery', `There is no active transaction to ${word}`, {
        location: 'query',
      });
    }
    this.#commit(outcomeOf(statement), () => act(open));
    open.end();
    this.#open = null;
  }

  async #execute(statement: SqlStatement): Promise<void> {
    const { engine, store, scope } = this.#deps;
    const request = { script: this.#script, statement, scope };
    const analyzed = await analyzeStatement({ engine, tables: store.tables }, request);
    const outcome = outcomeOf(statement, analyzed, store.rows);
    this.#requireBytes(outcome);
    if (statement.kind === 'query') await this.#query(analyzed, outcome);
    else if (statement.kind === 'assert') await this.#assert(analyzed, outcome);
    else if (DML.has(statement.kind)) await this.#modify(analyzed, outcome);
    else await this.#define(analyzed, outcome);
  }

  /** Of all statements until now and this one. */
  #requireBytes(outcome: StatementOutcome): void {
    const billed = [...this.#outcomes, outcome].map((one) => one.bytesBilled);
    const sum = billed.reduce((before, bytes) => before + bytes, 0);
    requireBytesBilled(sum, this.#deps.maximumBytesBilled);
  }

  async #query(analyzed: AnalyzedStatement, outcome: StatementOutcome): Promise<void> {
    const rows = await this.#reading((deps) => executeQuery(deps, analyzed));
    this.#outcomes.push({ ...outcome, fields: analyzed.fields ?? [], rows });
  }

  async #assert(analyzed: AnalyzedStatement, outcome: StatementOutcome): Promise<void> {
    const { query, description } = assertionOf(analyzed.statement);
    const [row] = await this.#reading((deps) =>
      executeQuery(deps, { ...analyzed, statement: query }),
    );
    if (!row || readRow(row, [HOLDS])[0] !== true)
      throw new BigQueryError('invalidQuery', description, { location: 'query' });
    this.#outcomes.push(outcome);
  }

  async #modify(analyzed: AnalyzedStatement, outcome: StatementOutcome): Promise<void> {
    const target = targetOf(analyzed);
    const { store } = this.#deps;
    const changesRows = analyzed.statement.kind !== 'insert';
    if (this.#open && changesRows) this.#open.claim(target);
    const transaction = this.#open ?? (changesRows ? await store.beginWith(target) : store.begin());
    try {
      const dmlStats = await this.#change(analyzed, target, transaction);
      const done = { ...outcome, dmlStats, target: target.tableReference };
      if (this.#open) this.#outcomes.push(done);
      else this.#commit(done, () => transaction.apply());
    } finally {
      if (!this.#open) transaction.end();
    }
  }

  async #change(
    analyzed: AnalyzedStatement,
    target: KeptTable,
    transaction: Transaction,
  ): Promise<DmlStats> {
    if (analyzed.statement.kind !== 'truncate')
      return this.#abortable(executeDml(this.#readDeps(transaction), analyzed, target));
    const deletedRowCount = String(transaction.read(target).length);
    transaction.empty(target);
    return { insertedRowCount: '0', updatedRowCount: '0', deletedRowCount };
  }

  async #define(analyzed: AnalyzedStatement, outcome: StatementOutcome): Promise<void> {
    const { statement } = analyzed;
    if (this.#open)
      throw new BigQueryError(
        'invalidQuery',
        `DDL statements are not supported in a transaction: ${outcome.statementType}.`,
        { location: 'query' },
      );
    const isFilled = statement.kind === 'create_table' && statement.query !== null;
    const rows = isFilled ? await this.#source(statement) : null;
    const { target, apply, ...done } = planDdl(this.#deps, analyzed, rows);
    this.#commit({ ...outcome, ...done, ...(target ? { target } : {}) }, apply);
  }

  /** The rows for a table that is made from a query. */
  async #source(statement: SqlStatement): Promise<Buffer[]> {
    const { engine, store, scope } = this.#deps;
    const sql = statement.query ?? '';
    const [source] = await parseScript(engine, sql);
    if (!source) return [];
    const request = { script: sql, statement: source, scope };
    const analyzed = await analyzeStatement({ engine, tables: store.tables }, request);
    return this.#reading((deps) => executeQuery(deps, analyzed));
  }

  async #reading<T>(read: (deps: ReadDeps) => Promise<T>): Promise<T> {
    const transaction = this.#open ?? this.#deps.store.begin();
    try {
      return await this.#abortable(read(this.#readDeps(transaction)));
    } finally {
      if (!this.#open) transaction.end();
    }
  }

  #readDeps(transaction: Transaction): ReadDeps {
    const { engine, store, scope } = this.#deps;
    return { engine, tables: store.tables, scope, transaction };
  }

  #commit(outcome: StatementOutcome, act: () => void): void {
    this.#outcomes.push(outcome);
    const isLast = this.#outcomes.length === this.#statements.length;
    this.#deps.store.atomically(() => {
      act();
      this.#deps.committed(this.#outcomes, isLast);
    });
  }

  #abortable<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#deps;
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
  }

  /** Errors of scripts say so, and where the statement is. */
  #located(error: unknown, { start }: SqlStatement): unknown {
    if (!(error instanceof BigQueryError) || this.#statements.length === 1) return error;
    if (error.reason === 'stopped') return error;
    const lines = this.#script.slice(0, start).split('\n');
    const place = ` at [${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}]`;
    const message = / at \[\d+:\d+\]$/.test(error.message) ? error.message : error.message + place;
    return new BigQueryError(error.reason, `Query error: ${message}`, { location: 'query' });
  }
}

const HOLDS = { name: 'holds', type: 'BOOLEAN', mode: 'NULLABLE' };
const DML = new Set(['insert', 'update', 'delete', 'truncate']);

export function outcomeOf(
  statement: SqlStatement,
  analyzed?: AnalyzedStatement,
  rows?: RowStore,
): StatementOutcome {
  const byKey = new Map(analyzed?.placed.map(({ table }) => [table.key, table]));
  const tables = [...byKey.values()];
  const bytes = analyzed && rows ? bytesProcessed(analyzed, rows) : 0;
  const statementType = statementTypeOf(statement);
  return {
    statement,
    statementType,
    tables,
    bytesProcessed: bytes,
    bytesBilled: bytesBilled(bytes, tables),
  };
}
