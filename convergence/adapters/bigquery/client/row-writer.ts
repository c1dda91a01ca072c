import type { managedwriter } from '@google-cloud/bigquery-storage';
import type { TableField } from '@google-cloud/bigquery';
import type { StagedRow } from '../../../engine/flow/part-stager.ts';
import type { ClientDeps } from './bigquery-client.ts';
import { JobFailed } from './translate-error.ts';
import { untilAborted } from './until-aborted.ts';
import { withRetries } from './with-retries.ts';

export interface RowsToWrite {
  /** `projects/P/datasets/D/tables/T`; nobody else writes to it. */
  readonly table: string;
  readonly fields: readonly TableField[];
  /** Dates as days, instants as microseconds since 1970. */
  readonly rows: readonly StagedRow[];
}

interface WriterConnection {
  /** How a gRPC client of Google's is opened. */
  readonly grpc: object;
}

/** gRPC's codes by the reasons of the REST API that mean the same. */
const REASONS: Readonly<Record<number, string>> = {
  4: 'backendError',
  // A table that was just made is not known there at once.
  5: 'backendError',
  7: 'accessDenied',
  8: 'rateLimitExceeded',
  10: 'backendError',
  13: 'backendError',
  14: 'backendError',
  16: 'accessDenied',
};

/**
 * Rows into BigQuery without a load job, by its Storage Write API: they wait in a pending stream, and
 * are there, all of them and once, when it is committed. What was not committed nobody ever sees.
 * https://cloud.google.com/bigquery/docs/write-api-batch
 */
export class RowWriter {
  readonly #connection: WriterConnection;
  readonly #deps: ClientDeps;
  #client: Promise<managedwriter.WriterClient> | null = null;

  constructor(connection: WriterConnection, deps: ClientDeps) {
    this.#connection = connection;
    this.#deps = deps;
  }

  /** @throws what `translateError` makes of a refusal; the reason of the signal */
  async write(wanted: RowsToWrite, signal: AbortSignal): Promise<void> {
    const client = await this.#open();
    const attempt = <T>(work: () => Promise<T>) =>
      withRetries(() => untilAborted(work().catch(refuse), signal), this.#deps, signal);
    const stream = await attempt(() => fillStream(client, wanted));
    await attempt(() => commit(client, wanted.table, stream));
  }

  close(): void {
    void this.#client?.then((client) => client.close());
  }

  async #open(): Promise<managedwriter.WriterClient> {
    const { grpc } = this.#connection;
    this.#client ??= import('@google-cloud/bigquery-storage').then(
      ({ managedwriter }) => new managedwriter.WriterClient({ ...grpc }),
    );
    return this.#client;
  }
}

/** A stream of its own for each attempt: what an earlier one holds is never committed. */
async function fillStream(
  client: managedwriter.WriterClient,
  { table, fields, rows }: RowsToWrite,
): Promise<string> {
  const { adapt, managedwriter } = await import('@google-cloud/bigquery-storage');
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: [...fields] });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'row');
  const streamType = managedwriter.PendingStream;
  const streamId = await client.createWriteStream({ streamType, destinationTable: table });
  const connection = await client.createStreamConnection({ streamId, destinationTable: table });
  try {
    const json = new managedwriter.JSONWriter({ connection, protoDescriptor });
    const sent = rows as Parameters<typeof json.appendRows>[0];
    const { error, rowErrors = [] } = await json.appendRows(sent, 0).getResult();
    const [first] = rowErrors ?? [];
    if (error) throw refusal(Number(error.code), first?.message ?? error.message ?? '');
  } finally {
    connection.close();
  }
  await client.finalizeWriteStream({ name: streamId });
  return streamId;
}

/** An answer that was lost is found out by asking again. */
async function commit(
  client: managedwriter.WriterClient,
  parent: string,
  stream: string,
): Promise<void> {
  const { streamErrors } = await client.batchCommitWriteStream({ parent, writeStreams: [stream] });
  const [first] = streamErrors ?? [];
  if (!first || first.code === 'STREAM_ALREADY_COMMITTED') return;
  throw refusal(9, `${first.code}: ${first.errorMessage}`);
}

function refuse(error: unknown): never {
  if (error instanceof JobFailed) throw error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  throw typeof code === 'number' ? refusal(code, message ?? '') : error;
}

function refusal(code: number, message: string): JobFailed {
  return new JobFailed({ reason: REASONS[code] ?? 'invalid', message });
}
