import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface LosingProxy {
  readonly url: string;
  /** From now on the answers to these calls get lost, so many times; the calls are carried out. */
  lose(call: RegExp, times: number): void;
  /** How many answers are still to be lost. */
  left(): number;
  close(): Promise<void>;
}

/** Stands before a server and loses answers, as networks do. */
export async function startLosingProxy(target: string): Promise<LosingProxy> {
  const losses: { readonly call: RegExp; times: number }[] = [];
  const pass = async (from: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method, url = '', headers } = from;
    const onward = request(new URL(url, target), { method, headers });
    const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
    await pipeline(from, onward);
    const [got] = await answered;
    const loss = losses.find(({ call, times }) => times > 0 && call.test(`${method} ${url}`));
    if (loss) {
      loss.times--;
      got.resume();
      await once(got, 'end');
      answer.destroy();
      return;
    }
    answer.writeHead(got.statusCode ?? 500, got.headers);
    await pipeline(got, answer);
  };
  const server = createServer((from, answer) => {
    pass(from, answer).catch(() => answer.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (call, times) => void losses.push({ call, times }),
    left: () => losses.reduce((sum, { times }) => sum + times, 0),
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
