import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Reads and writes files; keeps nothing. Started when it is first needed. */
export class DuckDb {
  #instance: Promise<DuckDBInstance> | undefined;

  async use<T>(act: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#instance ??= DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
    const connection = await (await this.#instance).connect();
    try {
      return await act(connection);
    } finally {
      connection.closeSync();
    }
  }

  async close(): Promise<void> {
    (await this.#instance)?.closeSync();
  }
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
