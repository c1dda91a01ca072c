import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { retry } from 'base/retry.ts';
import { maskUrlPasswords } from 'base/secret.ts';
import { request } from 'undici';
import { fail } from '../../engine/error-codes.ts';
import { completeTicks, gatherTicks } from '../../engine/judge/gather-ticks.ts';
import type { TickRequest, TickSource } from '../../engine/judge/tick-source.ts';
import type { Tick } from '../../engine/judge/tick.ts';
import type { MetricNames } from './metric-names.ts';
import { counterQuery, latencyQuery, requestsQuery } from './range-query.ts';
import type { RangeQuery } from './range-query.ts';
import { matrixAnswer, readMatrix } from './read-matrix.ts';
import type { Matrix } from './read-matrix.ts';

export interface PrometheusOptions {
  /** What comes before `/api/v1`. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string | null;
  readonly names: MetricNames;
  /** How often Prometheus reads the counters. */
  readonly scrapeSeconds: number;
  readonly clock: Clock;
  readonly random: () => number;
}

const TIMEOUT_MS = 10_000;
const RETRIES = { maxAttempts: 3, firstDelayMs: 200, maxDelayMs: 2000 };
/** `increase` needs two samples in its range; with four one may be missing. */
const SAMPLES_PER_TICK = 4;

/** Counters and classic histograms of a Prometheus, by PromQL. */
export class PrometheusTickSource implements TickSource {
  readonly readsCounters = true;
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  async describe(): Promise<{ tickSeconds: number; delaySeconds: number }> {
    const { scrapeSeconds } = this.#options;
    return { tickSeconds: scrapeSeconds * SAMPLES_PER_TICK, delaySeconds: scrapeSeconds };
  }

  async readTicks(wanted: TickRequest): Promise<readonly Tick[]> {
    const { names, clock } = this.#options;
    const { tickSeconds: sampleSeconds, delaySeconds } = await this.describe();
    const nowMs = clock.now().getTime();
    const window = completeTicks(wanted, { nowMs, sampleSeconds, delaySeconds });
    if (window.ticks === 0) return [];
    const requests = await this.#ask(requestsQuery(wanted.ref, names, window));
    const latencies = await this.#ask(latencyQuery(wanted.ref, names, window));
    const counters: Record<string, Matrix> = {};
    for (const [name, counter] of Object.entries(wanted.counters)) {
      const { labels } = names;
      counters[name] = await this.#ask(counterQuery(wanted.ref, { counter, labels }, window));
    }
    return gatherTicks(
      window,
      wanted,
      readMatrix({ requests, latencies, counters }, names, window),
    );
  }

  async close(): Promise<void> {}

  #ask(query: RangeQuery): Promise<Matrix> {
    const { url, token } = this.#options;
    const parameters = new URLSearchParams({ ...query }).toString();
    const address = `${url}/api/v1/query_range?${parameters}`;
    const attempt = async () => {
      try {
        return await getMatrix(address, token);
      } catch (error) {
        throw translateError(error, url);
      }
    };
    return retry(attempt, RETRIES, this.#options);
  }
}

async function getMatrix(address: string, token: string | null): Promise<Matrix> {
  const { statusCode, body } = await request(address, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (statusCode === 200) return matrixAnswer.parse(await body.json()).data.result;
  const words = `status ${statusCode}, ${(await body.text()).slice(0, 200)}`;
  if (statusCode !== 401 && statusCode !== 403) throw new Error(words);
  throw fail('metrics_denied', `Prometheus refuses the credentials: ${words}`, {
    hint: 'Set ROLLOUT_PROMETHEUS_TOKEN.',
  });
}

function translateError(error: unknown, url: string): unknown {
  if (error instanceof AppError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return fail(
    'metrics_unavailable',
    `No metrics of Prometheus at ${maskUrlPasswords(url)}: ${words}`,
    {
      hint: 'Is it up, and is the address what comes before /api/v1?',
      cause: error,
    },
  );
}
