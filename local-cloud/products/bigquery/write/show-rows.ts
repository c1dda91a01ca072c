import { StatusError } from '../../../protocol/status-error.ts';
import type { StorageErrorCode, WriteDeps } from './write-deps.ts';
import type { WriteStream } from './write-stream.ts';

/** Shows the rows of a BUFFERED stream up to the one at `offset`, or all. */
export function flushRows(
  stream: WriteStream,
  offset: string | undefined,
  deps: WriteDeps,
): { readonly offset: string } {
  const { name, type, rows } = stream;
  if (type !== 'BUFFERED')
    throw new StatusError('INVALID_ARGUMENT', `${name} is not of the type BUFFERED.`);
  const end = offset === undefined ? rows : Number(offset) + 1;
  if (end > rows) throw new StatusError('OUT_OF_RANGE', `${name} has ${rows} rows.`);
  deps.store.atomically(() => show([{ ...stream, shown: Math.max(stream.shown, end) }], deps));
  return { offset: String(end - 1) };
}

/** All of them, or none and why. */
export function commitStreams(wanted: readonly WriteStream[], deps: WriteDeps): object {
  const streamErrors = wanted.flatMap(findCommitError);
  if (streamErrors.length > 0) return { streamErrors };
  const commitTime = deps.now().toISOString();
  const committed = wanted.map((stream) => ({ ...stream, shown: stream.rows, commitTime }));
  deps.store.atomically(() => show(committed, deps));
  return { commitTime };
}

function findCommitError({ name, type, isFinal, commitTime }: WriteStream): object[] {
  const refuse = (code: StorageErrorCode, errorMessage: string) => [
    { code, entity: name, errorMessage },
  ];
  if (type !== 'PENDING')
    return refuse('INVALID_STREAM_TYPE', 'Only PENDING streams are committed.');
  if (commitTime !== undefined)
    return refuse('STREAM_ALREADY_COMMITTED', 'The stream was committed already.');
  return isFinal ? [] : refuse('INVALID_STREAM_STATE', 'The stream is not finalized.');
}

/** In a transaction of SQLite. */
function show(streams: readonly WriteStream[], deps: WriteDeps): void {
  const changes = streams.map((stream) => {
    deps.streams.write(stream);
    const added = deps.streams.release(stream, stream.shown);
    return { tableKey: stream.tableKey, removed: [], added };
  });
  deps.store.rows.apply(changes);
}
