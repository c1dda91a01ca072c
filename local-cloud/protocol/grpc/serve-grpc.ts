import { toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { answerCall } from '../answer-call.ts';
import type { Answering } from '../answer-call.ts';
import type { Method } from '../descriptor/method.ts';
import type { Listening, ProtocolServer } from '../protocol-server.ts';
import { asStatusError } from '../status-error.ts';
import { addStream } from './add-stream.ts';
import { defineMethod } from './define-method.ts';
import { readBytes } from './read-bytes.ts';
import { writeStatus } from './write-status.ts';

type BytesCall = ServerUnaryCall<Uint8Array, Uint8Array>;

/** Serves all methods of the schema; rejects when the port is taken. */
export async function serveGrpc(
  answering: Answering,
  { host, port }: Listening,
): Promise<ProtocolServer> {
  const server = new Server();
  for (const method of answering.schema.methods) addMethod(server, answering, method);
  for (const method of answering.schema.streams) addStream(server, answering, method);
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

function addMethod(server: Server, answering: Answering, method: Method): void {
  server.addService(defineMethod(method), {
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
