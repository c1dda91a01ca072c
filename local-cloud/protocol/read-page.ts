import { StatusError } from './status-error.ts';

export interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const MAX_SIZE = 1000;
const DEFAULT_SIZE = 100;

/** One page of what a List method finds; the token is where the next begins. */
export function readPage<T>(
  items: readonly T[],
  { pageSize = 0, pageToken = '' }: PageRequest,
): { items: readonly T[]; nextPageToken?: string } {
  const start = pageToken === '' ? 0 : readToken(pageToken);
  if (pageSize < 0) throw new StatusError('INVALID_ARGUMENT', `page_size is ${pageSize}`);
  const end = start + Math.min(MAX_SIZE, pageSize || DEFAULT_SIZE);
  const page = items.slice(start, end);
  return end < items.length ? { items: page, nextPageToken: writeToken(end) } : { items: page };
}

function writeToken(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64url');
}

function readToken(token: string): number {
  const found = /^from (\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (found) return Number(found[1]);
  throw new StatusError('INVALID_ARGUMENT', `page_token ${token} is not one that was given`);
}
