import type { BigQuery, BigQueryOptions } from '@google-cloud/bigquery';
import type { Clock } from 'base/clock.ts';
import { untilAborted } from './until-aborted.ts';
import { withRetries } from './with-retries.ts';

/** How a project of BigQuery is opened; `apiEndpoint` is absent for Google's own. */
export interface BigQueryConnection {
  readonly projectId: string;
  readonly apiEndpoint?: string;
  readonly authClient: BigQueryOptions['authClient'];
  /** Where datasets lie and jobs run, such as `EU`. */
  readonly location: string;
}

export interface ClientDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly nextId: () => string;
}

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/bigquery/v2/projects/<project>`. */
  readonly path: string;
  readonly body?: object;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Only while the resource still has this etag. */
  readonly ifMatch?: string;
}

const CALL_DEADLINE_MS = 60_000;
const CHECK_DEADLINE_MS = 2000;

/**
 * One project of BigQuery through Google's client. Every call is repeated where BigQuery's
 * documents say that it may be, and fails with an error of the product.
 */
export class BigQueryClient {
  readonly projectId: string;
  readonly location: string;
  readonly deps: ClientDeps;
  readonly sdk: BigQuery;

  private constructor(sdk: BigQuery, connection: BigQueryConnection, deps: ClientDeps) {
    this.sdk = sdk;
    this.projectId = connection.projectId;
    this.location = connection.location;
    this.deps = deps;
  }

  static async open(connection: BigQueryConnection, deps: ClientDeps): Promise<BigQueryClient> {
    const { BigQuery } = await import('@google-cloud/bigquery');
    // Retries are ours: the client's own know neither the signal nor the reasons of jobs.
    const retryOptions = { autoRetry: false, maxRetries: 0 };
    return new BigQueryClient(new BigQuery({ ...connection, retryOptions }), connection, deps);
  }

  /** @throws warehouse_unavailable and the others of `translateError`; the reason of the signal */
  call<Answer>(call: ApiCall, signal?: AbortSignal): Promise<Answer> {
    return withRetries(() => untilAborted(this.#send<Answer>(call), signal), this.deps, signal);
  }

  /** Whether BigQuery answers and lets us in. */
  async check(): Promise<void> {
    const soon = AbortSignal.timeout(CHECK_DEADLINE_MS);
    await this.call({ method: 'GET', path: '/datasets', query: { maxResults: 1 } }, soon);
  }

  #send<Answer>({ method, path, body, query, ifMatch }: ApiCall): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch };
      const request = { method, uri: path, headers, timeout: CALL_DEADLINE_MS };
      const content = { ...(body && { json: body }), ...(query && { qs: query }) };
      this.sdk.request({ ...request, ...content }, (error, answer: unknown) => {
        if (error) reject(error);
        else resolve(answer as Answer);
      });
    });
  }
}
