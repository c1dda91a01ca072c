import type { TableField } from '@google-cloud/bigquery';
import type { StagedParts, StagedRow, StagedValue } from '../../../engine/flow/part-stager.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import type { StagingTable } from './staging-table.ts';

export interface RowsToSend {
  readonly into: StagingTable;
  readonly fields: readonly TableField[];
  readonly parts: Pick<StagedParts, 'good' | 'readGood'>;
}

/** A load job takes seconds however small it is, and a project has a number of them a day. */
const MAX_ROWS = 500;
const MAX_BYTES = 512 * 1024;
/** Names that a proto can have. */
const PLAIN_NAME = /^[A-Za-z_]\w*$/;

/**
 * Few rows go to the staging table without a load job. False: they are too many, or of a kind that
 * only a file holds, and nothing was sent.
 * @throws what `RowWriter.write` does
 */
export async function sendRows(
  { client, id, writer }: TenantDataset,
  { into, fields, parts }: RowsToSend,
  signal: AbortSignal,
): Promise<boolean> {
  const { good } = parts;
  const rowCount = good.reduce((sum, { rows }) => sum + rows, 0);
  const sizeBytes = good.reduce((sum, file) => sum + file.sizeBytes, 0);
  const isSmall = rowCount > 0 && rowCount <= MAX_ROWS && sizeBytes <= MAX_BYTES;
  if (!writer || !isSmall || !fields.every(isSendable)) return false;
  const rows = (await parts.readGood(signal)).map((row) => sendable(row, fields));
  if (rows.some((row) => row === null)) return false;
  const table = `projects/${client.projectId}/datasets/${id}/tables/${into.name}`;
  await writer.write({ table, fields, rows: rows as StagedRow[] }, signal);
  return true;
}

function isSendable({ name = '', type, fields = [] }: TableField): boolean {
  return PLAIN_NAME.test(name) && type !== 'BYTES' && fields.every(isSendable);
}

/** Null: a value has no form that can be sent, such as an instant before year 1. */
function sendable(row: StagedRow, fields: readonly TableField[]): StagedRow | null {
  const sent: Record<string, StagedValue> = {};
  for (const field of fields) {
    const { name = '' } = field;
    const value = row[name] ?? null;
    // A field without a value is left out.
    if (value === null) continue;
    const list = field.mode === 'REPEATED' && Array.isArray(value) ? value : null;
    const values = (list ?? [value]).map((one: StagedValue) => sendableValue(one, field));
    const [only = null] = values;
    if (values.includes(null)) return null;
    sent[name] = list ? values : only;
  }
  return sent;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?\+00)?$/;

function sendableValue(value: StagedValue, field: TableField): StagedValue {
  if (field.type === 'RECORD') return sendable(value as StagedRow, field.fields ?? []);
  if (field.type !== 'DATE' && field.type !== 'TIMESTAMP') return value;
  const found = typeof value === 'string' ? TIME.exec(value) : null;
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (field.type === 'DATE') return date.getTime() / 86_400_000;
  date.setUTCHours(hour, minute, second);
  return String(BigInt(date.getTime()) * 1000n + BigInt((found[7] ?? '').padEnd(6, '0')));
}
