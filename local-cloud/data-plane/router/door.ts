import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { findFreePort } from '../process/free-port.ts';

/** As Google's front end, so that clients close idle connections first and lose no request. */
const KEEP_ALIVE_MS = 620_000;
const REBIND_EVERY_MS = 50;
const REBIND_FOR_MS = 2000;

export interface DoorListeners {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A port at which clients reach a service or one of its tags. */
export class Door {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Opens the port it had before; another one when it had none, or lost it for good. */
  static async open(port: number | undefined, listeners: DoorListeners): Promise<Door> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
    server.on('request', listeners.request).on('upgrade', listeners.upgrade);
    const untilMs = performance.now() + REBIND_FOR_MS;
    for (let wanted = port ?? (await findFreePort()); ;) {
      if (await listens(server, wanted)) return new Door(server, wanted);
      if (port === undefined || performance.now() > untilMs) wanted = await findFreePort();
      else await new Promise((done) => setTimeout(done, REBIND_EVERY_MS));
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Takes no more connections, and ends those that are idle; requests that run are finished. */
  close(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }
}

/** False when the port is taken. */
async function listens(server: Server, port: number): Promise<boolean> {
  try {
    server.listen({ port, host: '127.0.0.1', backlog: 1024 });
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
