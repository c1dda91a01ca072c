import type { DescMessage } from '@bufbuild/protobuf';
import { StatusError, statusCodes } from '../../../protocol/status-error.ts';
import { readProtoRows, readRowDescriptor } from './read-proto-rows.ts';
import type { RowDescriptor } from './read-proto-rows.ts';
import type { StorageErrorCode, WriteDeps } from './write-deps.ts';
import { requireStream, requireTable } from './find-stream.ts';
import { DEFAULT_STREAM, parseStreamName } from './write-stream.ts';
import type { WriteStream } from './write-stream.ts';

export interface AppendRequest {
  readonly writeStream?: string;
  readonly offset?: string;
  readonly protoRows?: {
    readonly writerSchema?: { readonly protoDescriptor?: RowDescriptor };
    readonly rows?: { readonly serializedRows?: readonly string[] };
  };
  readonly arrowRows?: object;
}

/** One connection: requests after the first may leave out what stays as it was. */
export async function* appendRows(
  requests: AsyncIterable<AppendRequest>,
  deps: WriteDeps,
): AsyncIterable<object> {
  let name = '';
  let descriptor: DescMessage | null = null;
  for await (const request of requests) {
    name = request.writeStream || name;
    const schema = request.protoRows?.writerSchema?.protoDescriptor;
    if (schema) descriptor = readRowDescriptor(schema);
    yield answer(() => append(request, { name, descriptor }, deps), name);
  }
}

/** What is wrong with one request is told in its answer, and the connection goes on. */
function answer(act: () => object, writeStream: string): object {
  try {
    return { ...act(), writeStream };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { code, message, details } = error;
    return { error: { code: statusCodes[code].number, message, details }, writeStream };
  }
}

interface Connection {
  readonly name: string;
  readonly descriptor: DescMessage | null;
}

function append(request: AppendRequest, { name, descriptor }: Connection, deps: WriteDeps): object {
  if (request.arrowRows)
    throw new StatusError('UNIMPLEMENTED', 'local-cloud does not model rows in the Arrow format.');
  if (!descriptor)
    throw new StatusError('INVALID_ARGUMENT', 'The first request must have a writer schema.');
  const table = requireTable(name, deps);
  const serialized = request.protoRows?.rows?.serializedRows ?? [];
  const { contents, rowErrors } = readProtoRows(table.schema.fields, descriptor, serialized);
  if (rowErrors.length > 0) return refuseRows(rowErrors);
  if (parseStreamName(name).stream === DEFAULT_STREAM) {
    if (request.offset !== undefined)
      throw new StatusError('INVALID_ARGUMENT', 'The default stream takes no offset.');
    const change = { tableKey: table.key, removed: [], added: contents };
    deps.store.atomically(() => deps.store.rows.apply([change]));
    return { appendResult: {} };
  }
  const stream = requireStream(name, deps);
  requireOffset(stream, request.offset);
  add(stream, contents, deps);
  return { appendResult: { offset: String(stream.rows) } };
}

function refuseRows(rowErrors: readonly object[]): object {
  const message = `Errors found while processing rows. Please refer to the row_errors field for details. The list may not be complete because of the size limitations.`;
  return { error: { code: statusCodes.INVALID_ARGUMENT.number, message }, rowErrors };
}

function requireOffset({ name, rows, isFinal }: WriteStream, offset: string | undefined): void {
  const refuse = (
    code: 'ALREADY_EXISTS' | 'OUT_OF_RANGE' | 'INVALID_ARGUMENT',
    why: StorageErrorCode,
  ) =>
    new StatusError(code, `${WORDS[why]} Entity: ${name}`, [
      { '@type': STORAGE_ERROR, code: why, entity: name, errorMessage: WORDS[why] },
    ]);
  if (isFinal) throw refuse('INVALID_ARGUMENT', 'STREAM_FINALIZED');
  if (offset === undefined || Number(offset) === rows) return;
  if (Number(offset) < rows) throw refuse('ALREADY_EXISTS', 'OFFSET_ALREADY_EXISTS');
  throw refuse('OUT_OF_RANGE', 'OFFSET_OUT_OF_RANGE');
}

const STORAGE_ERROR = 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError';
const WORDS: Partial<Readonly<Record<StorageErrorCode, string>>> = {
  STREAM_FINALIZED: 'The stream is finalized and takes no more rows.',
  OFFSET_ALREADY_EXISTS: 'The offset is within stream, rows were appended there.',
  OFFSET_OUT_OF_RANGE: 'The offset is beyond stream.',
};

function add(
  stream: WriteStream,
  contents: readonly Buffer[],
  { store, streams }: WriteDeps,
): void {
  const rows = stream.rows + contents.length;
  store.atomically(() => {
    if (stream.type === 'COMMITTED') {
      store.rows.apply([{ tableKey: stream.tableKey, removed: [], added: contents }]);
      streams.write({ ...stream, rows, shown: rows });
    } else {
      streams.hold(stream, contents);
      streams.write({ ...stream, rows });
    }
  });
}
