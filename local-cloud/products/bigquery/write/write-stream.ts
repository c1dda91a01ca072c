import type { KeptTable } from '../resource/table.ts';
import type { TableReference } from '../resource/reference.ts';
import { StatusError } from '../../../protocol/status-error.ts';

export type StreamType = 'COMMITTED' | 'PENDING' | 'BUFFERED';

/** https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1#writestream */
export interface WriteStream {
  /** `projects/P/datasets/D/tables/T/streams/S` */
  readonly name: string;
  readonly type: StreamType;
  readonly createTime: string;
  readonly commitTime?: string;
  /** Of its rows; the table may be made anew under its name. */
  readonly tableKey: number;
  /** Appended, of which a table shows all, none or the first. */
  readonly rows: number;
  readonly shown: number;
  readonly isFinal: boolean;
}

export const DEFAULT_STREAM = '_default';

interface StreamPlace {
  readonly table: TableReference;
  readonly stream: string;
}

/** @throws StatusError for a name that is none */
export function parseStreamName(name: string): StreamPlace {
  const [, projectId, datasetId, tableId, , stream] =
    /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)(\/streams\/([^/]+))?$/.exec(name) ?? [];
  if (projectId === undefined || datasetId === undefined || tableId === undefined)
    throw new StatusError('INVALID_ARGUMENT', `Invalid stream name: ${name}`);
  return { table: { projectId, datasetId, tableId }, stream: stream ?? DEFAULT_STREAM };
}

type Shown = Pick<WriteStream, 'name' | 'type' | 'createTime' | 'commitTime'>;

export function renderStream(stream: Shown, table: KeptTable): object {
  const { name, type, createTime, commitTime } = stream;
  return {
    name,
    type,
    createTime,
    ...(commitTime !== undefined && { commitTime }),
    tableSchema: { fields: table.schema.fields.map(renderField) },
    writeMode: 'INSERT',
    location: table.location.toLowerCase(),
  };
}

interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly SchemaField[];
}

/** The names that the Storage APIs have for types of the REST API. */
const TYPES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

function renderField({ name, type, mode = 'NULLABLE', fields }: SchemaField): object {
  return {
    name,
    type: TYPES[type] ?? type,
    mode,
    ...(fields && { fields: fields.map(renderField) }),
  };
}
