import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from 'base/clock.fake.ts';
import type { Clock } from 'base/clock.ts';
import type { ClientOptions } from 'google-gax';
import type { Product } from '../control-plane/product.ts';
import { Records } from '../control-plane/records.ts';
import { startProtocol } from '../protocol/start-protocol.ts';
import type { RunningProtocol } from '../protocol/start-protocol.ts';
import { clientOptions } from '../protocol/toy-cloud.fake.ts';

export interface Arrived {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the fake clock. */
  readonly at: string;
}

/** What is pushed to. It answers `status`, or nothing while that is null. */
export class PushTarget {
  readonly arrived: Arrived[] = [];
  status: number | null = 200;
  readonly #now: () => Date;
  readonly #open: ServerResponse[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const body = Buffer.concat(chunks).toString();
      this.arrived.push({ method, path, headers, body, at: this.#now().toISOString() });
      if (this.status === null) this.#open.push(response);
      else response.writeHead(this.status).end();
      this.#server.emit('arrived');
    });
  });

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many requests have arrived since the start. */
  async wait(count: number): Promise<Arrived> {
    while (this.arrived.length < count) await once(this.#server, 'arrived');
    return this.arrived[count - 1] as Arrived;
  }

  /** Answers those that wait. */
  release(status = 200): void {
    for (const response of this.#open.splice(0)) response.writeHead(status).end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

type Open = (deps: { records: Records; clock: Clock }) => Product;

/** One product on a home of its own, under a clock that the test moves. */
export class ProductRig {
  readonly clock = new FakeClock({ now: '2026-03-07T03:04:05.000Z' });
  readonly target = new PushTarget(() => this.clock.now());
  url = '';
  #home = '';
  readonly #openProduct: Open;
  #close: () => Promise<void> = async () => {};
  #protocol: RunningProtocol | undefined;

  constructor(open: Open) {
    this.#openProduct = open;
  }

  async start(): Promise<ClientOptions> {
    this.#home = await mkdtemp(join(tmpdir(), 'local-cloud-push-'));
    this.url = await this.target.listen();
    return this.open();
  }

  /** A control plane on the home as it is. */
  async open(): Promise<ClientOptions> {
    const records = Records.open(this.#home);
    if (!records) throw new Error('the home is taken');
    const product = this.#openProduct({ records, clock: this.clock });
    const { protos = {}, handlers = {}, routes = [] } = product;
    const place = { host: '127.0.0.1', grpcPort: 0, restPort: 0 };
    const protocol = await startProtocol({ protos, handlers, routes, ...place });
    this.#protocol = protocol;
    await product.resume?.();
    this.#close = async () => {
      await protocol.close();
      await product.close?.();
      records.close();
    };
    return clientOptions(protocol).grpc;
  }

  get rest(): string {
    return `http://127.0.0.1:${this.#protocol?.restPort}`;
  }

  /** What has begun by then stays begun. */
  async close(): Promise<void> {
    await this.#close();
  }

  async end(): Promise<void> {
    await this.close();
    await this.target.close();
    await rm(this.#home, { recursive: true });
  }
}

/** Asks again until it is so; each call is one round trip. */
export async function until<T>(ask: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 5000;
  for (let found = await ask(); ; found = await ask()) {
    if (isSo(found)) return found;
    if (performance.now() > deadlineMs) throw new Error(`never so: ${JSON.stringify(found)}`);
  }
}
