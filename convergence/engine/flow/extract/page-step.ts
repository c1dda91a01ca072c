import type { Paginator } from '../../pipeline/rest-client-spec.ts';
import type { JsonScalar } from './page-reader.ts';
import type { ResponseHeaders } from './response-headers.ts';

export type KnownPaginator = Exclude<Paginator, { type: 'auto' }>;

/** Where a walk over pages stands; JSON, because it is kept in the checkpoint. */
export interface PageStep {
  /** From 0. */
  readonly index: number;
  /** One of them from the second page on: absolute URL, cursor, or offset or page number. */
  readonly url?: string;
  readonly cursor?: string;
  readonly position?: number;
}

export interface PageReport {
  /** Of the request that was answered. */
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly values: Readonly<Record<string, JsonScalar>>;
  readonly rows: number;
}

/** What a page changes in the request of its resource. Body paths are dotted. */
export interface StepChanges {
  readonly url?: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string | number>>;
}
