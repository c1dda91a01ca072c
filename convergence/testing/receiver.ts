import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers 200 unless told otherwise; may answer later. */
  answer: (request: Received, response: ServerResponse) => void;
  /** Resolves once so many requests have come. */
  untilReceived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server that keeps what it is sent. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let told = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body };
      received.push(one);
      told.resolve();
      told = Promise.withResolvers();
      receiver.answer(one, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: (_, response) => void response.end(),
    async untilReceived(count) {
      while (received.length < count) await told.promise;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
