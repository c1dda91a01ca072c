import type { DatabaseSync } from 'node:sqlite';
import { BigQueryError } from '../bigquery-error.ts';
import { showTable } from '../resource/reference.ts';
import type { DatasetReference, TableReference } from '../resource/reference.ts';
import type { KeptDataset } from '../resource/dataset.ts';
import type { KeptTable, TableDraft } from '../resource/table.ts';

/** Datasets, and tables without their rows. */
export class TableStore {
  readonly #database: DatabaseSync;
  readonly #now: () => Date;

  constructor(database: DatabaseSync, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  findDataset({ projectId, datasetId }: DatasetReference): KeptDataset | null {
    const row = this.#sql('SELECT resource FROM dataset WHERE project = ? AND dataset = ?').get(
      projectId,
      datasetId,
    );
    return row ? (JSON.parse(String(row['resource'])) as KeptDataset) : null;
  }

  requireDataset(reference: DatasetReference): KeptDataset {
    const found = this.findDataset(reference);
    if (found) return found;
    const name = `${reference.projectId}:${reference.datasetId}`;
    throw new BigQueryError('notFound', `Not found: Dataset ${name}`);
  }

  listDatasets(projectId: string): KeptDataset[] {
    return this.#sql('SELECT resource FROM dataset WHERE project = ? ORDER BY dataset')
      .all(projectId)
      .map(({ resource }) => JSON.parse(String(resource)) as KeptDataset);
  }

  /** Those that have a dataset. */
  listProjects(): string[] {
    return this.#sql('SELECT DISTINCT project FROM dataset ORDER BY project')
      .all()
      .map(({ project }) => String(project));
  }

  writeDataset(dataset: KeptDataset): KeptDataset {
    const { projectId, datasetId } = dataset.datasetReference;
    this.#sql('INSERT OR REPLACE INTO dataset VALUES (?, ?, ?)').run(
      projectId,
      datasetId,
      JSON.stringify(dataset),
    );
    return dataset;
  }

  deleteDataset({ projectId, datasetId }: DatasetReference): void {
    this.#sql('DELETE FROM dataset WHERE project = ? AND dataset = ?').run(projectId, datasetId);
  }

  /** Null also for one that has expired. */
  findTable({ projectId, datasetId, tableId }: TableReference): KeptTable | null {
    const row = this.#sql(
      'SELECT key, resource FROM bigquery_table WHERE project = ? AND dataset = ? AND name = ?',
    ).get(projectId, datasetId, tableId);
    const table = row ? readTable(row) : null;
    return table && this.#isLive(table) ? table : null;
  }

  requireTable(reference: TableReference): KeptTable {
    this.requireDataset(reference);
    const found = this.findTable(reference);
    if (found) return found;
    throw new BigQueryError('notFound', `Not found: Table ${showTable(reference)}`);
  }

  listTables({ projectId, datasetId }: DatasetReference): KeptTable[] {
    return this.#sql(
      'SELECT key, resource FROM bigquery_table WHERE project = ? AND dataset = ? ORDER BY name',
    )
      .all(projectId, datasetId)
      .map(readTable)
      .filter((table) => this.#isLive(table));
  }

  /** One without a key is new. */
  writeTable(table: TableDraft & { readonly key?: number }): KeptTable {
    const { key = null, ...resource } = table;
    const { projectId, datasetId, tableId } = table.tableReference;
    const row = this.#sql(
      `INSERT OR REPLACE INTO bigquery_table (key, project, dataset, name, resource)
       VALUES (?, ?, ?, ?, ?) RETURNING key`,
    ).get(key, projectId, datasetId, tableId, JSON.stringify(resource));
    return { ...resource, key: Number(row?.['key']) };
  }

  deleteTable(key: number): void {
    this.#sql('DELETE FROM bigquery_table WHERE key = ?').run(key);
  }

  /** Keys of tables whose time is over. */
  expired(): number[] {
    return this.#sql(
      `SELECT key FROM bigquery_table WHERE CAST(resource ->> 'expirationTime' AS INTEGER) <= ?`,
    )
      .all(this.#now().getTime())
      .map(({ key }) => Number(key));
  }

  #isLive({ expirationTime }: KeptTable): boolean {
    return expirationTime === undefined || Number(expirationTime) > this.#now().getTime();
  }

  #sql(text: string): ReturnType<DatabaseSync['prepare']> {
    return this.#database.prepare(text);
  }
}

function readTable(row: Readonly<Record<string, unknown>>): KeptTable {
  return {
    ...(JSON.parse(String(row['resource'])) as TableDraft),
    key: Number(row['key']),
  };
}
