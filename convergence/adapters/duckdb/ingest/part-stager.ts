import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { QUARANTINE_COLUMNS, ROW_COLUMN } from '../../../engine/flow/part-stager.ts';
import type {
  PartStager,
  StagedFile,
  StagedParts,
  StagedRow,
} from '../../../engine/flow/part-stager.ts';
import type { StageRequest } from '../../../engine/flow/warehouse.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { describeQuery } from '../column-type.ts';
import { withConnection } from '../dataset/with-connection.ts';
import type { Work } from '../dataset/with-connection.ts';
import { removeInstance, withInstance } from '../instances.ts';
import type { InstancePlace } from '../instances.ts';
import { measureRules } from '../query/measure-rules.ts';
import { identifier, literal } from '../run-sql.ts';
import { instanceSettings } from '../warehouse.ts';
import type { DuckdbWarehouseOptions } from '../warehouse.ts';
import { exportRows } from './export-rows.ts';
import { stageParts } from './stage.ts';

export interface PartStagerOptions extends DuckdbWarehouseOptions {
  /** About how large a file of good rows becomes. Default: 256 MiB. */
  readonly fileBytes?: number;
}

const MIB = 1024 ** 2;
const DEFAULT_FILE_BYTES = 256 * MIB;
/** No load takes so long; what is older was left by a process that died. */
const LEFT_BEHIND_MS = 3 * 24 * 3_600_000;

/** Each load in a DuckDB file of its own under `staging/<tenant>`, so that memory stays flat. */
export function createPartStager(options: PartStagerOptions): PartStager {
  const settings = { ...instanceSettings(options), closeIdleMs: 1000 };
  return {
    async stage(scope, request, signal) {
      const place = placeOf(options.dataDir, scope, request.staging);
      await removeLeftBehind(join(options.dataDir, 'staging', scope.tenantId), options);
      const remove = () => removeStaged(place, settings);
      await remove();
      const limits = await options.readLimits?.(scope);
      const opening = limits ? { ...settings, maxTempBytes: limits.maxTempBytes } : settings;
      const on = <T>(work: Work<T>, until: AbortSignal) =>
        withInstance(place, opening, (connect) => withConnection(connect, work, until));
      const { fileBytes = DEFAULT_FILE_BYTES } = options;
      try {
        const files = await on(
          (connection) => stageFiles(connection, request, { place, fileBytes }),
          signal,
        );
        return {
          ...files,
          readGood: (until) => on((connection) => readFiles(connection, files.good), until),
          measure: (rules, until) =>
            on(async (connection) => {
              const table = request.staging;
              const columns = await describeQuery(connection, `SELECT * FROM ${identifier(table)}`);
              return measureRules(connection, { table, columns, rules, now: options.clock.now() });
            }, until),
          close: remove,
        };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

type Connection = Parameters<Work<unknown>>[0];
type Files = Pick<StagedParts, 'staged' | 'good' | 'quarantine'>;

async function stageFiles(
  connection: Connection,
  request: StageRequest,
  { place, fileBytes }: { place: InstancePlace; fileBytes: number },
): Promise<Files> {
  const staged = await stageParts(connection, request);
  const good = await exportRows(connection, {
    from: identifier(request.staging),
    columns: staged.plan.columns,
    extra: [`rowid AS ${identifier(ROW_COLUMN)}`],
    folder: join(place.temporary, 'good'),
    fileBytes,
  });
  const quarantine = await exportRows(connection, {
    from: '_quarantine',
    columns: QUARANTINE_COLUMNS,
    folder: join(place.temporary, 'quarantine'),
    fileBytes,
  });
  return { staged, good, quarantine };
}

async function readFiles(
  connection: Connection,
  files: readonly StagedFile[],
): Promise<StagedRow[]> {
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => literal(path)).join(', ');
  const reader = await connection.runAndReadAll(`FROM read_parquet([${paths}])`);
  return reader.getRowObjectsJson();
}

/** The name of a resource may be longer than that of a file, and have characters that no file has. */
function placeOf(dataDir: string, { tenantId }: TenantScope, staging: string): InstancePlace {
  const name = createHash('sha256').update(staging).digest('hex').slice(0, 32);
  const folder = join(dataDir, 'staging', tenantId, name);
  return {
    file: join(folder, 'staging.duckdb'),
    temporary: join(folder, 'files'),
    readable: [join(dataDir, 'parts', tenantId)],
  };
}

async function removeStaged(
  place: InstancePlace,
  settings: Parameters<typeof removeInstance>[1],
): Promise<void> {
  await removeInstance(place, settings);
  await rm(join(place.file, '..'), { recursive: true, force: true });
}

async function removeLeftBehind(folder: string, { clock }: PartStagerOptions): Promise<void> {
  const oldest = clock.now().getTime() - LEFT_BEHIND_MS;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < oldest) await rm(path, { recursive: true, force: true });
  }
}
