import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the journeys want to know of a request, and may do something about. */
export interface ShopRequest {
  readonly path: string;
  readonly page: number;
  readonly url: string;
}

/** An error, or the start of a body whose rest never comes. */
export type Disturbance = { readonly status: number } | { readonly start: string };

type Row = Readonly<Record<string, unknown>>;

const PAGE_ROWS = 40;
const DAY_ONE = Date.UTC(2026, 0, 1);

/**
 * A shop with a REST API: orders by links in pages, events by cursors, stores and the visits of
 * each. On its second day there are new rows everywhere, and changed orders. Rows are the same in
 * each process and at each time.
 */
export class ShopServer {
  day: 1 | 2 = 1;
  readonly requests: string[] = [];
  /** Asked before each answer, for what to answer instead; null for what was asked for. */
  intercept: (request: ShopRequest, body: string) => Promise<Disturbance | null> = async () => null;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  static async start(): Promise<ShopServer> {
    const shop = new ShopServer();
    await new Promise<void>((resolve) => shop.#server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was asked, and whom to disturb. */
  reset(day: 1 | 2): void {
    this.day = day;
    this.requests.length = 0;
    this.intercept = async () => null;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(url.pathname + url.search);
    const page = Number(url.searchParams.get('page') ?? 1);
    const body = JSON.stringify(this.#pageOf(url, page));
    const instead = await this.intercept({ path: url.pathname, page, url: url.href }, body);
    response.setHeader('content-type', 'application/json');
    if (instead === null) response.end(body);
    else if ('status' in instead) response.writeHead(instead.status).end();
    else response.write(instead.start);
  }

  #pageOf(url: URL, page: number): unknown {
    const { pathname, searchParams } = url;
    const since = searchParams.get('since') ?? '';
    const from = (page - 1) * PAGE_ROWS;
    if (pathname === '/orders') {
      const rows = ordersUntil(this.day).filter((row) => String(row.updated_at) >= since);
      const more = from + PAGE_ROWS < rows.length;
      url.searchParams.set('page', String(page + 1));
      return { data: rows.slice(from, from + PAGE_ROWS), next: more ? url.href : null };
    }
    if (pathname === '/events') {
      const rows = eventsUntil(this.day).filter((row) => Number(row.id) >= Number(since));
      const next = from + PAGE_ROWS < rows.length ? page + 1 : null;
      return { items: rows.slice(from, from + PAGE_ROWS), cursors: { next } };
    }
    if (pathname === '/stores') {
      return storesUntil(this.day).filter((row) => String(row.updated_at) >= since);
    }
    return visitsOf(Number(pathname.split('/')[2]));
  }
}

/** Of day 2: 60 new ones and 20 old ones that changed. Some have no customer or a bad amount. */
function ordersUntil(day: 1 | 2): Row[] {
  const first = Array.from({ length: 200 }, (_, index) => order(index + 1, index));
  if (day === 1) return first;
  const changed = Array.from({ length: 20 }, (_, index) => order(index * 7 + 1, 1000 + index));
  const added = Array.from({ length: 60 }, (_, index) => order(index + 201, 2000 + index));
  return [...first, ...changed, ...added];
}

function order(id: number, minute: number): Row {
  return {
    id,
    customer: id % 41 === 0 ? null : `customer ${id % 17}`,
    amount: id % 37 === 0 ? -id : id * 1.25 + minute,
    updated_at: new Date(DAY_ONE + minute * 60_000).toISOString(),
    address: { city: `city ${id % 5}`, lines: [`street ${id}`] },
  };
}

function eventsUntil(day: 1 | 2): Row[] {
  const count = day === 1 ? 120 : 210;
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    order_id: (index % 200) + 1,
    kind: index % 3 === 0 ? 'paid' : 'seen',
  }));
}

function storesUntil(day: 1 | 2): Row[] {
  return Array.from({ length: day === 1 ? 4 : 6 }, (_, index) => ({
    id: index + 1,
    name: `store ${index + 1}`,
    updated_at: new Date(DAY_ONE + index * 3_600_000).toISOString(),
  }));
}

function visitsOf(storeId: number): Row[] {
  return Array.from({ length: storeId + 2 }, (_, index) => ({ nr: index, visitors: storeId * 10 }));
}
