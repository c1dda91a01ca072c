import { StatusError } from '../../../protocol/status-error.ts';
import { showTable } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import { parseStreamName } from './write-stream.ts';
import type { WriteStream } from './write-stream.ts';
import type { WriteDeps } from './write-deps.ts';

/** @throws StatusError NOT_FOUND, or INVALID_ARGUMENT for a view */
export function requireTable(name: string, { store }: WriteDeps): KeptTable {
  const { table: reference } = parseStreamName(name);
  const table = store.tables.findTable(reference);
  if (!table)
    throw new StatusError(
      'NOT_FOUND',
      `Requested entity was not found: Table ${showTable(reference)}`,
    );
  if (table.type === 'VIEW')
    throw new StatusError('INVALID_ARGUMENT', `Cannot write to ${showTable(reference)}, a VIEW.`);
  return table;
}

/** Of a table that is still the one it was made for. @throws StatusError NOT_FOUND */
export function requireStream(name: string, deps: WriteDeps): WriteStream {
  const table = requireTable(name, deps);
  const stream = deps.streams.find(name);
  if (stream?.tableKey === table.key) return stream;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: Stream ${name}`);
}
