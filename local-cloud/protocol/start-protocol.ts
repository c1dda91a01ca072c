import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildSchema } from './descriptor/build-schema.ts';
import type { ProtoFiles } from './descriptor/load-descriptors.ts';
import { serveGrpc } from './grpc/serve-grpc.ts';
import type { BegunCall, Handlers } from './handler.ts';

/** Plain HTTP beside the methods, for what has no proto. */
export interface PlainRoute {
  /** All paths that begin so, with any HTTP method, come to `answer`; the longest prefix wins. */
  readonly prefix: string;
  /** A `StatusError` thrown before the head was written becomes the answer. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface ProtocolOptions {
  /**
   * All services in these files are served; methods without a handler answer UNIMPLEMENTED.
   * google.longrunning.Operations is always among them.
   */
  readonly protos: ProtoFiles;
  readonly handlers: Handlers;
  readonly routes?: readonly PlainRoute[];
  /** Before each handler, after the checks; may wait, or throw a `StatusError` in its place. */
  readonly before?: (call: BegunCall) => void | Promise<void>;
  readonly host: string;
  /** 0 for any free one. */
  readonly grpcPort: number;
  /** 0 for any free one. */
  readonly restPort: number;
}

export interface RunningProtocol {
  readonly grpcPort: number;
  readonly restPort: number;
  /** Takes no more calls, aborts those under way after 2 s, and frees both ports. */
  close(): Promise<void>;
}

/** Serves the protos' methods over gRPC without TLS and over REST (google.api.http). */
export async function startProtocol(options: ProtocolOptions): Promise<RunningProtocol> {
  const { handlers, host, before = () => undefined } = options;
  const answering = { schema: await buildSchema(options.protos), handlers, before };
  const grpc = await serveGrpc(answering, { host, port: options.grpcPort });
  return {
    grpcPort: grpc.port,
    restPort: 0,
    close: async () => grpc.drain(),
  };
}
