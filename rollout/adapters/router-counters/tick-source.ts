import { request } from 'undici';
import { z } from 'zod';
import { fail } from '../../engine/error-codes.ts';
import { completeTicks, gatherTicks } from '../../engine/judge/gather-ticks.ts';
import type { RevisionCount, TickWindow } from '../../engine/judge/gather-ticks.ts';
import type { TickRequest, TickSource } from '../../engine/judge/tick-source.ts';
import type { Tick } from '../../engine/judge/tick.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';

export interface RouterCountersOptions {
  /** Of local-cloud, such as `http://127.0.0.1:8081`. */
  readonly endpoint: string;
}

const SAMPLE_SECONDS = 1;
/** A request that still runs has hung for at least this long when its second is read. */
const DELAY_SECONDS = 1;
const TIMEOUT_MS = 5000;
/** As the router counts: 1 ms, then 1.1 times the one before, up to over 10 minutes. */
const BOUNDS_MS = Array.from({ length: 141 }, (_, index) => 1.1 ** index);

const count = z.number().nonnegative();
const answer = z.object({
  /** Seconds since 1970, by the clock that the counters follow. */
  now: z.number(),
  counters: z.array(
    z.object({
      second: z.number(),
      revision: z.string(),
      byStatus: z.record(z.string(), count),
      latency: z.array(count).length(BOUNDS_MS.length + 1),
      errorClients: z.array(z.string()),
    }),
  ),
});
type Answer = z.infer<typeof answer>;
type Counter = Answer['counters'][number];

/** The counters of local-cloud's router, by the second. */
export class RouterTickSource implements TickSource {
  readonly readsCounters = false;
  readonly #endpoint: string;

  constructor({ endpoint }: RouterCountersOptions) {
    this.#endpoint = endpoint;
  }

  async describe(): Promise<{ tickSeconds: number; delaySeconds: number }> {
    return { tickSeconds: SAMPLE_SECONDS, delaySeconds: DELAY_SECONDS };
  }

  async readTicks(wanted: TickRequest): Promise<readonly Tick[]> {
    const from = Math.floor(Date.parse(wanted.from) / 1000);
    const { now, counters } = await this.#read(wanted.ref, from);
    const window = completeTicks(wanted, {
      nowMs: now * 1000,
      sampleSeconds: SAMPLE_SECONDS,
      delaySeconds: DELAY_SECONDS,
    });
    return gatherTicks(window, wanted, countsOf(counters, window));
  }

  async close(): Promise<void> {}

  /** All from a second on; what is not complete is left out afterwards, by the same clock. */
  async #read({ project, region, service }: ServiceRef, from: number): Promise<Answer> {
    const name = `projects/${project}/locations/${region}/services/${service}`;
    const query = new URLSearchParams({ service: name, from: `${from}`, to: `${from + 86_400}` });
    try {
      return answer.parse(await getJson(`${this.#endpoint}/local/v1/counters?${query.toString()}`));
    } catch (cause) {
      throw fail('metrics_unavailable', `No counters of local-cloud: ${reasonOf(cause)}`, {
        hint: 'Is it up? `npx local-cloud start` starts it.',
        cause,
      });
    }
  }
}

function countsOf(counters: readonly Counter[], window: TickWindow): RevisionCount[] {
  return counters.map(({ second, revision, byStatus, latency, errorClients }) => ({
    revision,
    tick: Math.floor((second * 1000 - window.startMs) / (window.tickSeconds * 1000)),
    // One that still runs is in the histogram and has no status yet.
    requests: latency.reduce((sum, one) => sum + one, 0),
    errors: Object.entries(byStatus)
      .filter(([status]) => Number(status) >= 500)
      .reduce((sum, [, one]) => sum + one, 0),
    latency: { boundsMs: BOUNDS_MS, counts: latency },
    errorClients,
  }));
}

async function getJson(url: string): Promise<unknown> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (statusCode === 200) return body.json();
  throw new Error(`status ${statusCode}, ${(await body.text()).slice(0, 200)}`);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
