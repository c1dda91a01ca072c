import { toBinary } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import type { Server, ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { answerStream } from '../answer-call.ts';
import type { Answering } from '../answer-call.ts';
import type { Method } from '../descriptor/method.ts';
import { asStatusError } from '../status-error.ts';
import { defineMethod } from './define-method.ts';
import { readBytes } from './read-bytes.ts';
import { writeStatus } from './write-status.ts';

type Stream =
  | ServerDuplexStream<Uint8Array, Uint8Array>
  | ServerWritableStream<Uint8Array, Uint8Array>;

/** Serves one method that streams its answers, and perhaps its requests. */
export function addStream(server: Server, answering: Answering, method: Method): void {
  server.addService(defineMethod(method), {
    [method.name]: (stream: Stream) => {
      serve(answering, method, stream).then(
        () => stream.end(),
        (error: unknown) =>
          stream.emit('error', writeStatus(answering.schema, asStatusError(error, 'gRPC'))),
      );
    },
  });
}

async function serve(answering: Answering, method: Method, stream: Stream): Promise<void> {
  const gone = new AbortController();
  stream.on('cancelled', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, answering.closing]);
  signal.addEventListener('abort', () => stream.destroy());
  const begun = {
    method,
    call: { service: method.service, method: method.name, transport: 'grpc', signal } as const,
    routing: stream.metadata.get('x-goog-request-params').join('&'),
  };
  for await (const answer of answerStream(answering, begun, read(method, stream, gone))) {
    const taken = stream.write(toBinary(method.desc.output, answer));
    if (!taken) await once(stream, 'drain', { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

async function* read(
  method: Method,
  stream: Stream,
  gone: AbortController,
): AsyncIterable<Message> {
  if ('request' in stream) {
    yield readBytes(method, stream.request);
    return;
  }
  // A stream that was destroyed could not say any more why it was refused.
  const requests = stream.iterator({ destroyOnReturn: false });
  for await (const bytes of requests) yield readBytes(method, bytes as Uint8Array);
  // It also ends like this when the caller has gone, which is told a moment later.
  await setImmediate();
  if (stream.cancelled) gone.abort();
}
