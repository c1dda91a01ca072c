import { randomUUID } from 'node:crypto';
import { StatusError } from '../../../protocol/status-error.ts';
import { appendRows } from './append-rows.ts';
import type { AppendRequest } from './append-rows.ts';
import { commitStreams, flushRows } from './show-rows.ts';
import { requireStream, requireTable } from './find-stream.ts';
import type { WriteDeps } from './write-deps.ts';
import { DEFAULT_STREAM, parseStreamName, renderStream } from './write-stream.ts';
import type { StreamType } from './write-stream.ts';

interface Named {
  readonly name: string;
}

interface NewStream {
  readonly parent: string;
  readonly writeStream: { readonly type?: StreamType };
}

/** google.cloud.bigquery.storage.v1.BigQueryWrite. */
export function writeHandlers(deps: WriteDeps) {
  return {
    handlers: {
      CreateWriteStream: async (request: NewStream) => createStream(request, deps),
      GetWriteStream: async ({ name }: Named) => getStream(name, deps),
      FinalizeWriteStream: async ({ name }: Named) => {
        const stream = deps.streams.write({ ...requireStream(name, deps), isFinal: true });
        return { rowCount: String(stream.rows) };
      },
      FlushRows: async ({ writeStream, offset }: { writeStream: string; offset?: string }) =>
        flushRows(requireStream(writeStream, deps), offset, deps),
      BatchCommitWriteStreams: async ({ writeStreams }: { writeStreams: readonly string[] }) =>
        commitStreams(
          writeStreams.map((name) => requireStream(name, deps)),
          deps,
        ),
    },
    streams: {
      AppendRows: (requests: AsyncIterable<AppendRequest>) => appendRows(requests, deps),
    },
  };
}

function createStream({ parent, writeStream }: NewStream, deps: WriteDeps): object {
  const table = requireTable(parent, deps);
  const { type } = writeStream;
  if (type === undefined)
    throw new StatusError('INVALID_ARGUMENT', 'The type of the stream is missing.');
  const name = `${parent}/streams/${randomUUID()}`;
  const createTime = deps.now().toISOString();
  const standing = { rows: 0, shown: 0, isFinal: false, tableKey: table.key };
  return renderStream(deps.streams.write({ name, type, createTime, ...standing }), table);
}

/** The default stream is there as long as its table. */
function getStream(name: string, deps: WriteDeps): object {
  const table = requireTable(name, deps);
  if (parseStreamName(name).stream !== DEFAULT_STREAM)
    return renderStream(requireStream(name, deps), table);
  const createTime = new Date(Number(table.creationTime)).toISOString();
  return renderStream({ name, type: 'COMMITTED', createTime }, table);
}
