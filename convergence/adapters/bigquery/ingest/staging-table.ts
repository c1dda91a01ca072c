import { createHash } from 'node:crypto';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { ROW_COLUMN } from '../../../engine/flow/part-stager.ts';
import { toField } from '../column-type.ts';
import { createTable, dropTable, findTable } from '../dataset/table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { stagedField } from '../staged-type.ts';

/** A staging table that was just made. */
export interface StagingTable {
  readonly name: string;
  /** Another one whenever the table is made anew; the same to whoever asks again. */
  readonly incarnation: string;
}

/** Names of steps and resources may have characters that names of tables may not. */
export function stagingTable(staging: string): string {
  const safe = staging.replaceAll(/[^A-Za-z0-9_]/g, '_');
  if (safe === staging && safe.length <= MAX_LENGTH) return safe;
  const digest = createHash('sha256').update(staging).digest('hex').slice(0, 16);
  return `${safe.slice(0, MAX_LENGTH)}_${digest}`;
}

const MAX_LENGTH = 200;
/** Longer than a load may wait for its turn; after that BigQuery drops what a crash left. */
const EXPIRES_MS = 3 * 24 * 3_600_000;

/** Makes an empty staging table in place of one that a crash may have left. */
export async function makeStaging(
  dataset: TenantDataset,
  { name, fields }: { name: string; fields: ReturnType<typeof stagingFields> },
  signal?: AbortSignal,
): Promise<StagingTable> {
  await dropTable(dataset, name);
  const expirationTime = String(dataset.client.deps.clock.now().getTime() + EXPIRES_MS);
  await createTable(dataset, { name, schema: { fields: [...fields] }, expirationTime }, signal);
  const made = await findTable(dataset, name, signal);
  return { name, incarnation: made?.creationTime ?? '0' };
}

/** Columns of the table in the form of the files, and the number of each row. */
export function stagingFields(columns: readonly Column[]) {
  return [
    ...columns.map(({ name, type }) => stagedField(name, type)),
    toField(ROW_COLUMN, { kind: 'bigint' }),
  ];
}
