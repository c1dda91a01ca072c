import type { IncomingMessage, ServerResponse } from 'node:http';
import { BigQueryError } from '../bigquery-error.ts';
import type { CheckBody } from '../resource/check-body.ts';
import type { JobRunner } from '../job/job-runner.ts';
import type { JobDeps } from '../job/running-job.ts';

/** What the methods work with. */
export interface RouteDeps extends JobDeps {
  readonly runner: JobRunner;
  readonly checkBody: CheckBody;
}

/** A call of a method, its body not yet read. */
export interface BigQueryCall {
  readonly deps: RouteDeps;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Host of the caller's URL. */
  readonly host: string;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

/** Of the path, by the names of its template. */
export type PathParameters = Readonly<Record<string, string>>;

/** Gives the body of the answer; undefined: none, 204. */
export type Method = (call: BigQueryCall, path: PathParameters) => unknown;

const MAX_BODY_BYTES = 10 * 1024 * 1024;

export async function readBytes({ request }: BigQueryCall, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new BigQueryError(
        'uploadTooLarge',
        `local-cloud takes at most ${maxBytes} bytes here.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Resource = Readonly<Record<string, unknown>>;

/** As the schema of the discovery document has it. Nothing is an object without fields. */
export async function readBody(call: BigQueryCall, schema: string): Promise<Resource> {
  return parseBody(call, schema, String(await readBytes(call, MAX_BODY_BYTES)));
}

export function parseBody({ deps }: BigQueryCall, schema: string, text: string): Resource {
  const body = parseObject(text);
  deps.checkBody(schema, body);
  return body;
}

function parseObject(text: string): Resource {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Resource;
  } catch {
    // Refused below, as what is JSON and not an object.
  }
  throw new BigQueryError('parseError', 'Parse Error');
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** Tokens are places in the list. */
export function readPage<T>(all: readonly T[], query: URLSearchParams, usualSize = 50): Page<T> {
  const start = readToken(query);
  const size = readMaxResults(query) ?? usualSize;
  const end = start + size;
  return {
    items: all.slice(start, end),
    ...(end < all.length ? { nextPageToken: String(end) } : {}),
  };
}

export function readToken(query: URLSearchParams): number {
  const token = query.get('pageToken') || '0';
  if (/^\d+$/.test(token)) return Number(token);
  throw new BigQueryError('invalid', `Invalid value for pageToken: ${token}`);
}

/** Null: not given. */
export function readMaxResults(query: URLSearchParams): number | null {
  const given = query.get('maxResults');
  if (given === null || given === '') return null;
  if (/^\d+$/.test(given)) return Number(given);
  throw new BigQueryError('invalid', `Invalid value for maxResults: ${given}`);
}

/** Refuses a write of what has changed since its writer read it. */
export function requireEtag({ request }: BigQueryCall, etag: string): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || wanted === '*' || wanted.replaceAll('"', '') === etag) return;
  throw new BigQueryError('conditionNotMet', 'Precondition check failed.', {
    location: 'If-Match',
  });
}
