import { credentials } from '@grpc/grpc-js';
import type { ClientOptions } from 'google-gax';
import { GoogleAuth } from 'google-gax';
import type { BegunCall, Handlers, PlainRoute } from './handler.ts';
import { startProtocol } from './start-protocol.ts';
import type { RunningProtocol } from './start-protocol.ts';

export const toyProtos = {
  '@google-cloud/run': ['google/cloud/run/v2/service.proto', 'google/cloud/run/v2/revision.proto'],
  '@google-cloud/monitoring': [
    'google/monitoring/v3/metric_service.proto',
    'google/monitoring/v3/alert_service.proto',
  ],
};

interface Toy {
  readonly handlers?: Handlers;
  readonly before?: (call: BegunCall) => void | Promise<void>;
  readonly routes?: readonly PlainRoute[];
}

/** Cloud Run and Monitoring on free ports, answered by the handlers of a test. */
export async function startToyCloud(toy: Toy = {}): Promise<RunningProtocol> {
  const places = { host: '127.0.0.1', grpcPort: 0, restPort: 0 };
  return startProtocol({ protos: toyProtos, handlers: {}, ...toy, ...places });
}

/** How one points Google's clients at local-cloud. */
export function clientOptions({ grpcPort, restPort }: RunningProtocol): {
  readonly grpc: ClientOptions;
  readonly rest: ClientOptions;
} {
  // Else the client looks for a machine of Google's around it.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const apiEndpoint = '127.0.0.1';
  const sslCreds = credentials.createInsecure() as unknown as ClientOptions['sslCreds'];
  const auth = new GoogleAuth({ apiKey: 'none' });
  return {
    grpc: { apiEndpoint, port: grpcPort, sslCreds },
    rest: { apiEndpoint, port: restPort, fallback: true, protocol: 'http', auth },
  };
}
