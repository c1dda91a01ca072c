import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { AppError } from 'base/error.ts';
import type { ExportedFile } from '../../engine/tenant/offboard/offboard-report.ts';
import type { TenantTables } from '../../engine/tenant/offboard/tenant-tables.ts';
import type { TenantScope } from '../../engine/tenant/tenant-scope.ts';
import { removeInstance, withInstance } from './instances.ts';
import { listTables } from './query/read-tables.ts';
import { identifier, literal, runSql } from './run-sql.ts';
import { translateError } from './translate-error.ts';
import { instanceSettings, placeOf } from './warehouse.ts';
import type { DuckdbWarehouseOptions } from './warehouse.ts';

/** The file `warehouse/<tenant>.duckdb` as a whole. */
export function createDuckdbTenantTables(options: DuckdbWarehouseOptions): TenantTables {
  const settings = instanceSettings(options);
  const place = ({ tenantId }: TenantScope) => placeOf(options.dataDir, tenantId);
  return {
    measureTables: (scope) => sizeOf(place(scope).file),
    async exportTables(scope, folder) {
      const { file, temporary } = place(scope);
      if ((await sizeOf(file)) === 0) return [];
      return await withInstance(place(scope), settings, async (connect) => {
        const connection = await connect();
        try {
          return await exportAll(connection, { temporary, folder });
        } catch (error) {
          throw translateError(error);
        } finally {
          connection.disconnectSync();
        }
      });
    },
    removeTables: (scope) => removeInstance(place(scope), settings),
  };
}

interface Folders {
  /** The only place where the SQL of this file can write. */
  readonly temporary: string;
  readonly folder: string;
}

async function exportAll(
  connection: DuckDBConnection,
  { temporary, folder }: Folders,
): Promise<ExportedFile[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const making = await mkdtemp(join(temporary, 'export-'));
  try {
    const files: ExportedFile[] = [];
    for (const { name, kind } of await listTables(connection)) {
      const paths = { making: join(making, 'table.parquet'), done: join(folder, fileOf(name)) };
      files.push(await exportOne(connection, { name, isView: kind === 'view' }, paths));
    }
    return files;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** A view may name a table that is gone; it holds no rows of its own, so it hinders nobody. */
async function exportOne(
  connection: DuckDBConnection,
  { name, isView }: { name: string; isView: boolean },
  paths: { making: string; done: string },
): Promise<ExportedFile> {
  try {
    const copy = `COPY ${identifier(name)} TO ${literal(paths.making)} (FORMAT parquet, COMPRESSION zstd)`;
    const rows = await runSql(connection, copy);
    const { size: sizeBytes } = await stat(paths.making);
    await rename(paths.making, paths.done);
    return { name, file: `tables/${fileOf(name)}`, rows, sizeBytes };
  } catch (error) {
    const isKnown = (translateError(error) as AppError).code !== 'internal';
    if (!isView || isKnown || !(error instanceof Error)) throw error;
    return { name, file: null, rows: 0, sizeBytes: 0, problem: error.message };
  }
}

/** Names of tables are lower-case words; whatever else one could be, it stays in its folder. */
function fileOf(table: string): string {
  return `${encodeURIComponent(table)}.parquet`;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
