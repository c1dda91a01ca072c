import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { renderPage } from './order-pages.ts';

export interface ServerOrder {
  readonly pages: number;
  /** Before each answer. */
  readonly delayMs: number;
}

/** A process of its own; serves bodies that it made before it says where it listens. */
const { pages, delayMs } = JSON.parse(process.argv[2] ?? '') as ServerOrder;
const bodies = Array.from({ length: pages }, (_, i) => renderPage(i + 1, pages));

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = bodies[Number(searchParams.get('page') ?? 1) - 1];
  const headers = { 'content-type': 'application/json', 'content-length': body?.length ?? 0 };
  const answer = () => response.writeHead(body ? 200 : 404, headers).end(body);
  if (delayMs === 0) answer();
  else void wait(delayMs).then(answer);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('disconnect', () => process.exit(0));
