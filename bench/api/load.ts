import { Pool } from 'undici';

/** What one client process asks for. */
export interface LoadOrder {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers other than 200. */
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;
const latenciesMs: number[] = [];
let failed = 0;

/** Each connection asks as soon as it has its answer. */
async function ask(pool: Pool, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const startMs = performance.now();
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: order.path,
      headers: order.headers,
    });
    await body.dump();
    latenciesMs.push(performance.now() - startMs);
    if (statusCode !== 200) failed++;
  }
}

const pool = new Pool(order.origin, { connections: order.connections });
const startMs = performance.now();
const untilMs = startMs + order.seconds * 1000;
await Promise.all(Array.from({ length: order.connections }, () => ask(pool, untilMs)));
const seconds = (performance.now() - startMs) / 1000;
await pool.close();

const sorted = Float64Array.from(latenciesMs).toSorted();
const quantile = (q: number) => sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
const result: LoadResult = {
  requests: sorted.length,
  failed,
  seconds,
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
};
process.stdout.write(JSON.stringify(result));
