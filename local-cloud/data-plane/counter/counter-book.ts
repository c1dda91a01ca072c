import { CounterFile, hourOf } from './counter-file.ts';
import { addSum, emptySum } from './counter-sum.ts';
import type { CounterSum } from './counter-sum.ts';
import { latencyBucket } from './latency-bucket.ts';

/** A request that runs. */
export interface OpenRequest {
  revision: string;
  /** Absent while it waits for one. */
  instance?: string;
  readonly second: number;
  readonly startedAtMs: number;
}

export interface RequestEnd {
  readonly status: number;
  /** Of an error only. */
  readonly client: string;
}

type HourSums = Map<string, CounterSum>;

/** Hours in memory: this one, the last, and one that somebody looks at. */
const MAX_HOURS = 3;

/**
 * What the revisions of one service did, by second of arrival. Kept in memory by the hour and
 * appended to disk by `flush`; what came since the last flush dies with the process.
 */
export class CounterBook {
  readonly #file: CounterFile;
  readonly #now: () => number;
  readonly #hours = new Map<number, HourSums>();
  readonly #open = new Set<OpenRequest>();
  #unwritten: HourSums = new Map();

  /** `now` in milliseconds since 1970. */
  constructor(folder: string, now: () => number = Date.now) {
    this.#file = new CounterFile(folder);
    this.#now = now;
  }

  open(revision: string): OpenRequest {
    const second = Math.floor(this.#now() / 1000);
    const request: OpenRequest = { revision, second, startedAtMs: performance.now() };
    this.#open.add(request);
    return request;
  }

  close(request: OpenRequest, end: RequestEnd): void {
    this.#open.delete(request);
    const sum = sumOf(this.#unwritten, request);
    addLatency(sum, performance.now() - request.startedAtMs);
    sum.byStatus[end.status] = (sum.byStatus[end.status] ?? 0) + 1;
    const isError = end.status >= 500;
    if (isError) sum.errorClients.push(end.client);
    if (request.instance === undefined) return;
    const [requests, errors] = (sum.instances[request.instance] ??= [0, 0]);
    sum.instances[request.instance] = [requests + 1, errors + (isError ? 1 : 0)];
  }

  /**
   * In order of seconds. A request that still runs counts in the histogram as one that took as long
   * as it has run, and in no status, so that one which hangs past a bound is seen to be slow now.
   */
  read(from: number, to: number): readonly CounterSum[] {
    this.flush();
    const inRange = ({ second }: { second: number }) => second >= from && second < to;
    const hours = this.#file.hours().filter((hour) => hour >= hourOf(from) && hour <= hourOf(to));
    // Not copied: a quarter of an hour would keep requests from being served for 10 ms.
    const sums = hours.flatMap((hour) => [...this.#hour(hour).values()].filter(inRange));
    const byKey: HourSums = new Map(sums.map((sum) => [keyOf(sum), sum]));
    for (const [key, hanging] of this.#hanging(inRange)) {
      const ended = byKey.get(key);
      if (ended) addSum(hanging, ended);
      byKey.set(key, hanging);
    }
    return [...byKey.values()].toSorted((a, b) => a.second - b.second);
  }

  #hanging(inRange: (request: OpenRequest) => boolean): HourSums {
    const sums: HourSums = new Map();
    for (const request of this.#open)
      if (inRange(request))
        addLatency(sumOf(sums, request), performance.now() - request.startedAtMs);
    return sums;
  }

  /** Appends to disk what came since the last time; keeps it when that fails. */
  flush(): void {
    if (this.#unwritten.size === 0) return;
    const sums = [...this.#unwritten.values()];
    // Loaded before anything is appended: an hour read afterwards would have these twice.
    const hours = new Map(sums.map(({ second }) => [hourOf(second), this.#hour(hourOf(second))]));
    this.#file.append(sums);
    this.#unwritten = new Map();
    for (const sum of sums) addSum(sumOf(hours.get(hourOf(sum.second)) ?? new Map(), sum), sum);
  }

  removeOld(): void {
    this.#file.removeOld(Math.floor(this.#now() / 1000));
  }

  #hour(hour: number): HourSums {
    const known = this.#hours.get(hour) ?? this.#loadHour(hour);
    // The most recently used last.
    this.#hours.delete(hour);
    this.#hours.set(hour, known);
    const [oldest] = this.#hours.keys();
    if (this.#hours.size > MAX_HOURS && oldest !== undefined) this.#hours.delete(oldest);
    return known;
  }

  #loadHour(hour: number): HourSums {
    const sums: HourSums = new Map();
    for (const part of this.#file.read(hour)) addSum(sumOf(sums, part), part);
    return sums;
  }
}

type Place = Pick<CounterSum, 'second' | 'revision'>;

function keyOf({ second, revision }: Place): string {
  return `${second} ${revision}`;
}

function sumOf(sums: HourSums, place: Place): CounterSum {
  const key = keyOf(place);
  const known = sums.get(key);
  if (known) return known;
  const sum = emptySum(place.second, place.revision);
  sums.set(key, sum);
  return sum;
}

function addLatency(sum: CounterSum, latencyMs: number): void {
  const bucket = latencyBucket(latencyMs);
  sum.latency[bucket] = (sum.latency[bucket] ?? 0) + 1;
  sum.latencySumMs += latencyMs;
}
