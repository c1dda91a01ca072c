import { fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import type { JsonValue, Message } from '@bufbuild/protobuf';
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceDefinition, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { answerCall } from '../answer-call.ts';
import type { Answering } from '../answer-call.ts';
import type { Schema } from '../descriptor/build-schema.ts';
import type { Method } from '../descriptor/method.ts';
import type { Listening, ProtocolServer } from '../protocol-server.ts';
import { asStatusError, StatusError, statusCodes } from '../status-error.ts';

type BytesCall = ServerUnaryCall<Uint8Array, Uint8Array>;

/** Serves all methods of the schema; rejects when the port is taken. */
export async function serveGrpc(
  answering: Answering,
  { host, port }: Listening,
): Promise<ProtocolServer> {
  const server = new Server();
  for (const method of answering.schema.methods) addMethod(server, answering, method);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error === null ? resolve(found) : reject(error),
    );
  });
  return {
    port: bound,
    drain: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    cut: () => server.forceShutdown(),
  };
}

/** Bytes pass grpc-js as they are: the descriptors read and write them. */
function addMethod(server: Server, answering: Answering, method: Method): void {
  const definition: ServiceDefinition = {
    [method.name]: {
      path: `/${method.service}/${method.name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
  server.addService(definition, {
    [method.name]: (call: BytesCall, respond: sendUnaryData<Uint8Array>) => {
      answerBytes(answering, method, call).then(
        (bytes) => respond(null, bytes),
        (error: unknown) => respond(writeStatus(answering.schema, asStatusError(error, 'gRPC'))),
      );
    },
  });
}

async function answerBytes(
  answering: Answering,
  method: Method,
  call: BytesCall,
): Promise<Uint8Array> {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, answering.closing]);
  const answer = await answerCall(answering, {
    method,
    call: { service: method.service, method: method.name, transport: 'grpc', signal },
    routing: call.metadata.get('x-goog-request-params').join('&'),
    read: async () => readBytes(method, call.request),
  });
  return toBinary(method.desc.output, answer);
}

function readBytes(method: Method, bytes: Uint8Array): Message {
  const { input } = method.desc;
  try {
    return fromBinary(input, bytes);
  } catch {
    throw new StatusError('INVALID_ARGUMENT', `the request is not a ${input.typeName}`);
  }
}

/** The rich error model: google.rpc.Status as a trailer, which Google's clients decode. */
function writeStatus(
  { registry }: Schema,
  error: StatusError,
): {
  code: number;
  details: string;
  metadata: Metadata;
} {
  const code = statusCodes[error.code].number;
  const status = { code, message: error.message, details: error.details };
  const desc = registry.getMessage('google.rpc.Status');
  const metadata = new Metadata();
  if (desc !== undefined) {
    const message = fromJson(desc, status as unknown as JsonValue, { registry });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(desc, message)));
  }
  return { code, details: error.message, metadata };
}
