import { buildSchema } from './descriptor/build-schema.ts';
import type { ProtoFiles } from './descriptor/load-descriptors.ts';
import { serveGrpc } from './grpc/serve-grpc.ts';
import type { BegunCall, Handlers, PlainRoute, StreamHandlers } from './handler.ts';
import type { ProtocolServer } from './protocol-server.ts';
import { serveRest } from './rest/serve-rest.ts';

export interface ProtocolOptions {
  /**
   * All services in these files are served; methods without a handler answer UNIMPLEMENTED.
   * google.longrunning.Operations is always among them.
   */
  readonly protos: ProtoFiles;
  readonly handlers: Handlers;
  readonly streams?: StreamHandlers;
  readonly routes?: readonly PlainRoute[];
  /** Before each handler, after the checks; may wait, or throw a `StatusError` in its place. */
  readonly before?: (call: BegunCall) => void | Promise<void>;
  /** Of a call that has been carried out, before its answer; a refusal becomes the answer. */
  readonly after?: (call: BegunCall) => void;
  readonly host: string;
  /** 0 for any free one. */
  readonly grpcPort: number;
  /** 0 for any free one. */
  readonly restPort: number;
}

export interface RunningProtocol {
  readonly grpcPort: number;
  readonly restPort: number;
  /** Takes no more calls, aborts those under way, cuts them off after 2 s, frees both ports. */
  close(): Promise<void>;
}

const graceMs = 2000;

/** Serves the protos' methods over gRPC without TLS and over REST (google.api.http). */
export async function startProtocol(options: ProtocolOptions): Promise<RunningProtocol> {
  const { handlers, streams = {}, host, routes = [] } = options;
  const { before = () => undefined, after = () => undefined } = options;
  const closing = new AbortController();
  const schema = await buildSchema(options.protos);
  const answering = { schema, handlers, streams, before, after, closing: closing.signal };
  const grpc = await serveGrpc(answering, { host, port: options.grpcPort });
  try {
    const rest = await serveRest(answering, routes, { host, port: options.restPort });
    const close = async (): Promise<void> => {
      closing.abort();
      await Promise.all([grpc, rest].map(closeServer));
    };
    return { grpcPort: grpc.port, restPort: rest.port, close };
  } catch (error) {
    grpc.cut();
    throw error;
  }
}

async function closeServer(server: ProtocolServer): Promise<void> {
  const deadline = setTimeout(() => server.cut(), graceMs);
  await server.drain();
  clearTimeout(deadline);
}
