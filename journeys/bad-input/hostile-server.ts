import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

const CHUNK = Buffer.alloc(1_000_000, JSON.stringify({ id: 1, text: 'x'.repeat(200) }) + ',');

/** A source of which each path misbehaves in its own way. */
export class HostileServer {
  /** What /changing and /frozen send now. */
  changing: unknown = [];
  sentBytes = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  static async start(): Promise<HostileServer> {
    const hostile = new HostileServer();
    hostile.#server.listen(0, '127.0.0.1');
    await once(hostile.#server, 'listening');
    return hostile;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === '/silent') return;
    if (path === '/closes') {
      response.writeHead(200, { 'content-length': '1000', 'content-type': 'application/json' });
      response.write('[{"id": 1}, {"id"');
      setImmediate(() => response.destroy());
      return;
    }
    if (path === '/html') {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><html><body>Please log in</body></html>');
      return;
    }
    if (path === '/gigabyte') return this.#sendGigabyte(response);
    if (path === '/wide') {
      const fields = Array.from({ length: 5_000 }, (_, index) => [`field_${index}`, index]);
      return void response.end(JSON.stringify([Object.fromEntries(fields)]));
    }
    if (path === '/metadata') {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
      return;
    }
    response.end(JSON.stringify(this.changing));
  }

  async #sendGigabyte(response: ServerResponse): Promise<void> {
    response.write('[');
    for (let sent = 0; sent < 1_000 && !response.destroyed; sent++) {
      this.sentBytes += CHUNK.length;
      await new Promise<void>((resolve) => response.write(CHUNK, () => resolve()));
    }
    response.end('{}]');
  }
}
