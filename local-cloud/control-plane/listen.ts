import { startProtocol } from '../protocol/start-protocol.ts';
import type { ProtocolOptions, RunningProtocol } from '../protocol/start-protocol.ts';
import { fail } from './control-plane-error.ts';
import type { Records } from './records.ts';

interface Ports {
  readonly grpcPort: number;
  readonly restPort: number;
}

/** Undefined ports are those of the last time, so that clients find the next control plane again. */
export type ListenOptions = Omit<ProtocolOptions, keyof Ports> & Partial<Ports>;

const KIND = 'ports';

/** @throws port_taken */
export async function listen(options: ListenOptions, records: Records): Promise<RunningProtocol> {
  const [last] = records.list<Ports>(KIND);
  const protocol = await listenWhereLast(options, last ?? { grpcPort: 0, restPort: 0 });
  const { grpcPort, restPort } = protocol;
  records.write([{ kind: KIND, name: 'last', value: { grpcPort, restPort } }]);
  return protocol;
}

async function listenWhereLast(options: ListenOptions, last: Ports): Promise<RunningProtocol> {
  const asked = { grpcPort: options.grpcPort, restPort: options.restPort };
  const isFree = asked.grpcPort === undefined && asked.restPort === undefined;
  const ports = {
    grpcPort: asked.grpcPort ?? last.grpcPort,
    restPort: asked.restPort ?? last.restPort,
  };
  try {
    return await startProtocol({ ...options, ...ports });
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (isFree && last.grpcPort !== 0)
      return startProtocol({ ...options, grpcPort: 0, restPort: 0 });
    throw portTaken(error);
  }
}

/** grpc-js has only words for it. */
function isTaken(error: unknown): error is Error {
  return error instanceof Error && /EADDRINUSE|No address added/.test(error.message);
}

function portTaken(error: Error): Error {
  const place = /[^\s[\]]+:\d+(?=\]?$)/.exec(error.message)?.[0] ?? error.message;
  return fail('port_taken', `The port ${place} is taken.`, {
    hint: 'Choose others with --grpc-port and --rest-port; 0 is any free one.',
    cause: error,
  });
}
