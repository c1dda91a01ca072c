import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { FaultBook } from '../../fault/fault-book.ts';
import { Records } from '../../control-plane/records.ts';
import type { Product } from '../../control-plane/product.ts';
import { openObjectStore, openStorage } from '../storage/open-storage.ts';
import { openBigQuery } from './open-bigquery.ts';

process.env.METADATA_SERVER_DETECTION = 'none';

/** BigQuery and Cloud Storage on a home of their own, with Google's own clients pointed at them. */
export class BigQueryRig {
  readonly home: string;
  readonly url: string;
  readonly bigQuery: BigQuery;
  readonly storage: Storage;
  readonly faults: FaultBook;
  readonly #server: Server;
  readonly #products: readonly Product[];
  readonly #records: Records;

  private constructor(home: string, server: Server, served: Served) {
    this.home = home;
    this.#server = server;
    this.#products = served.products;
    this.#records = served.records;
    this.faults = served.faults;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = {
      projectId: 'p',
      apiEndpoint: this.url,
      authClient: new PassThroughClient() as never,
    };
    this.bigQuery = new BigQuery({ ...options, retryOptions: { autoRetry: false } });
    this.storage = new Storage(options);
  }

  static async start(home?: string): Promise<BigQueryRig> {
    const folder = home ?? (await mkdtemp(join(tmpdir(), 'bigquery-')));
    const served = open(folder);
    const server = createServer((request, response) => {
      const routes = served.products.flatMap((product) => product.routes ?? []);
      const path = request.url ?? '';
      const route = routes
        .filter(({ prefix }) => path.startsWith(prefix))
        .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
      void route?.answer(request, response).catch((error: Error) => {
        response.writeHead(500);
        response.end(error.stack);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    for (const product of served.products) await product.resume?.();
    return new BigQueryRig(folder, server, served);
  }

  /** The home stays: another rig may start on it. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    for (const product of this.#products) await product.close?.();
    this.#records.close();
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true });
  }

  /** The rows of a query, as the client gives them. */
  async query(sql: string, params?: Record<string, unknown>): Promise<unknown[]> {
    const [rows] = await this.bigQuery.query({ query: sql, ...(params ? { params } : {}) });
    return rows as unknown[];
  }

  /** `reason: message` of what a call is refused with. */
  async refusal(work: Promise<unknown>): Promise<string> {
    const error = (await work.then(
      () => ({ message: 'it was taken', errors: [{ reason: '' }] }),
      (thrown: unknown) => thrown,
    )) as { message: string; errors?: readonly { reason: string; message?: string }[] };
    const [first] = error.errors ?? [];
    return `${first?.reason}: ${first?.message ?? error.message}`;
  }
}

interface Served {
  readonly products: readonly Product[];
  readonly records: Records;
  readonly faults: FaultBook;
}

function open(home: string): Served {
  const records = Records.open(home);
  if (!records) throw new Error('the home is in use');
  const faults = new FaultBook({ records, random: Math.random });
  const objects = openObjectStore({ home, clock: systemClock });
  const products = [
    openStorage(objects, { faults }),
    openBigQuery({ home, faults, clock: systemClock }, objects),
  ];
  return { products, records, faults };
}
