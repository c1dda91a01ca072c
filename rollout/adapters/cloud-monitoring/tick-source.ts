import type { protos, v3 } from '@google-cloud/monitoring';
import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { retry } from 'base/retry.ts';
import { fail } from '../../engine/error-codes.ts';
import { completeTicks, gatherTicks } from '../../engine/judge/gather-ticks.ts';
import type { TickRequest, TickSource } from '../../engine/judge/tick-source.ts';
import type { Tick } from '../../engine/judge/tick.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';
import { readSeries } from './read-series.ts';
import type { Series } from './read-series.ts';
import {
  counterRequest,
  countRequest,
  latencyRequest,
  REQUEST_COUNT,
  REQUEST_LATENCIES,
} from './series-request.ts';
import type { SeriesRequest } from './series-request.ts';

export interface CloudMonitoringOptions {
  /** Of Google's clients; asked for at the first call. */
  readonly grpcOptions: () => Promise<ConstructorParameters<typeof v3.MetricServiceClient>[0]>;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Sampling {
  readonly tickSeconds: number;
  readonly delaySeconds: number;
}

const CALL = { timeout: 10_000, retry: null };
const RETRIES = { maxAttempts: 3, firstDelayMs: 200, maxDelayMs: 2000 };
/** Of Cloud Run's metrics, where the project has no descriptor before its first request. */
const USUAL: Sampling = { tickSeconds: 60, delaySeconds: 180 };

/**
 * Cloud Run's own metrics in Cloud Monitoring.
 * https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
 */
export class MonitoringTickSource implements TickSource {
  readonly readsCounters = true;
  readonly #options: CloudMonitoringOptions;
  readonly #samplings = new Map<string, Promise<Sampling>>();
  /** Ends what waits to be repeated: a client that is called once it is closed ends the process. */
  readonly #closing = new AbortController();
  #client: Promise<v3.MetricServiceClient> | null = null;

  constructor(options: CloudMonitoringOptions) {
    this.#options = options;
  }

  async describe({ project }: ServiceRef): Promise<Sampling> {
    const known = this.#samplings.get(project) ?? this.#readSampling(project);
    this.#samplings.set(project, known);
    known.catch(() => this.#samplings.delete(project));
    return known;
  }

  async readTicks(request: TickRequest): Promise<readonly Tick[]> {
    const { ref } = request;
    const { tickSeconds: sampleSeconds, delaySeconds } = await this.describe(ref);
    const nowMs = this.#options.clock.now().getTime();
    const window = completeTicks(request, { nowMs, sampleSeconds, delaySeconds });
    if (window.ticks === 0) return [];
    const [counted = [], timed = [], ...own] = await Promise.all(
      [
        countRequest(ref, window),
        latencyRequest(ref, window),
        ...Object.values(request.counters).map((metric) => counterRequest(ref, window, metric)),
      ].map((one) => this.#listSeries(one)),
    );
    const names = Object.keys(request.counters);
    const counters = Object.fromEntries(names.map((name, at) => [name, own[at] ?? []]));
    return gatherTicks(window, request, readSeries(window, { counted, timed, counters }));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = await this.#client?.catch(() => null);
    await client?.close();
  }

  async #readSampling(project: string): Promise<Sampling> {
    const samplings = await Promise.all(
      [REQUEST_COUNT, REQUEST_LATENCIES].map((metric) => this.#readDescriptor(project, metric)),
    );
    return {
      tickSeconds: Math.max(...samplings.map(({ tickSeconds }) => tickSeconds)),
      delaySeconds: Math.max(...samplings.map(({ delaySeconds }) => delaySeconds)),
    };
  }

  async #readDescriptor(project: string, metric: string): Promise<Sampling> {
    const client = await this.#connect();
    const name = `projects/${project}/metricDescriptors/${metric}`;
    return this.#call(async () => {
      try {
        const [{ metadata }] = await client.getMetricDescriptor({ name }, CALL);
        return {
          tickSeconds: secondsOf(metadata?.samplePeriod) || USUAL.tickSeconds,
          delaySeconds: metadata?.ingestDelay
            ? secondsOf(metadata.ingestDelay)
            : USUAL.delaySeconds,
        };
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return USUAL;
        throw error;
      }
    });
  }

  async #listSeries(request: SeriesRequest): Promise<Series[]> {
    const client = await this.#connect();
    return this.#call(async () => (await client.listTimeSeries(request, CALL))[0]);
  }

  #connect(): Promise<v3.MetricServiceClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<v3.MetricServiceClient> {
    const [{ v3 }, options] = await Promise.all([
      import('@google-cloud/monitoring'),
      this.#options.grpcOptions(),
    ]);
    return new v3.MetricServiceClient(options);
  }

  #call<T>(call: () => Promise<T>): Promise<T> {
    const attempt = async () => {
      try {
        return await call();
      } catch (error) {
        throw translateError(error);
      }
    };
    return retry(attempt, RETRIES, { ...this.#options, signal: this.#closing.signal });
  }
}

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const NO_CREDENTIALS = /default credentials|invalid_grant|GOOGLE_APPLICATION_CREDENTIALS/i;

function translateError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const message = `Cloud Monitoring: ${error.message}`;
  if (code === PERMISSION_DENIED) {
    return fail('metrics_denied', message, {
      hint: 'The credentials need roles/monitoring.viewer in the project.',
      cause: error,
    });
  }
  if (code === UNAUTHENTICATED || NO_CREDENTIALS.test(error.message)) {
    return fail('metrics_denied', message, {
      hint: 'Run `gcloud auth application-default login`.',
      cause: error,
    });
  }
  return code === null ? error : fail('metrics_unavailable', message, { cause: error });
}

function codeOf(error: unknown): number | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'number' ? code : null;
}

function secondsOf(duration: protos.google.protobuf.IDuration | null | undefined): number {
  return Number(duration?.seconds ?? 0) + (duration?.nanos ?? 0) / 1e9;
}
