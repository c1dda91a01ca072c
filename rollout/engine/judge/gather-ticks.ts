import { addCounts } from './count/add-counts.ts';
import type { Counts } from './count/add-counts.ts';
import { addHistogram, haveSameBounds } from './count/latency.ts';
import type { Arm, Histogram, Tick } from './tick.ts';
import type { TickRequest } from './tick-source.ts';

/** Whole ticks, one after the other. */
export interface TickWindow {
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly tickSeconds: number;
  readonly ticks: number;
}

export interface Watermark {
  /** By the source's clock, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The source samples at whole multiples of this, also since 1970. */
  readonly sampleSeconds: number;
  /** How long after its end a sample can be read at the latest. */
  readonly delaySeconds: number;
}

/** What a source counted for one revision in one tick. */
export interface RevisionCount extends Arm {
  readonly revision: string;
  /** Of the tick, from 0. */
  readonly tick: number;
}

/** The ticks that begin at a sample at `from` or later, and whose last sample has arrived. */
export function completeTicks(
  { from, tickSeconds }: Pick<TickRequest, 'from' | 'tickSeconds'>,
  { nowMs, sampleSeconds, delaySeconds }: Watermark,
): TickWindow {
  const sampleMs = sampleSeconds * 1000;
  const tickMs = Math.max(1, Math.ceil(tickSeconds / sampleSeconds)) * sampleMs;
  const startMs = Math.ceil(Date.parse(from) / sampleMs) * sampleMs;
  const arrivedMs = nowMs - delaySeconds * 1000 - startMs;
  return {
    startMs,
    tickSeconds: tickMs / 1000,
    ticks: Math.max(0, Math.floor(arrivedMs / tickMs)),
  };
}

/** Ticks without gaps; an arm of which nothing was counted is null. */
export function gatherTicks(
  { startMs, tickSeconds, ticks }: TickWindow,
  { canary, stable }: Pick<TickRequest, 'canary' | 'stable'>,
  counts: readonly RevisionCount[],
): Tick[] {
  const byTick = Map.groupBy(counts, ({ tick }) => tick);
  return Array.from({ length: ticks }, (_, index) => {
    const here = byTick.get(index) ?? [];
    return {
      startAt: new Date(startMs + index * tickSeconds * 1000).toISOString(),
      seconds: tickSeconds,
      canary: sumOf(here.filter(({ revision }) => revision === canary)),
      stable: sumOf(here.filter(({ revision }) => stable.includes(revision))),
    };
  });
}

function sumOf(counts: readonly RevisionCount[]): Arm | null {
  if (counts.length === 0) return null;
  const clients = counts.flatMap(({ errorClients }) => errorClients ?? []);
  const instances = counts.flatMap(({ instances }) => instances ?? []);
  const events = counts.reduce<Counts>((sum, next) => addCounts(sum, next.events), {});
  return {
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    errors: counts.reduce((sum, { errors }) => sum + errors, 0),
    latency: sumLatencies(counts.map(({ latency }) => latency)),
    ...(Object.keys(events).length > 0 && { events }),
    ...(clients.length > 0 && { errorClients: clients }),
    ...(instances.length > 0 && { instances }),
  };
}

/** Null when one has none, or other bounds: a part would look like requests that hang. */
function sumLatencies(latencies: readonly (Histogram | null)[]): Histogram | null {
  const [first] = latencies;
  const areAlike = latencies.every((one) => first && one && haveSameBounds(first, one));
  return areAlike ? latencies.reduce((sum, next) => addHistogram(sum, next), null) : null;
}
