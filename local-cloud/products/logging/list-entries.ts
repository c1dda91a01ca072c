import { StatusError } from '../../protocol/status-error.ts';
import type { LogEntry } from './entry.ts';
import { matchFilter } from './filter/filter.ts';
import { parseFilter } from './filter/parse-filter.ts';
import type { LogStore, Place } from './log-store.ts';

export interface ListRequest {
  readonly resourceNames: readonly string[];
  readonly filter?: string;
  readonly orderBy?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const DEFAULT_SIZE = 50;
const MAX_SIZE = 1000;

/** A page of the entries of some projects that a filter lets through. */
export function listEntries(store: LogStore, request: ListRequest): object {
  const { filter = '', pageSize = 0, pageToken = '' } = request;
  const wanted = parseFilter(filter);
  const isOurs = ofResources(request.resourceNames);
  const size = Math.min(MAX_SIZE, Math.max(0, pageSize) || DEFAULT_SIZE);
  const entries: LogEntry[] = [];
  let last: Place | null = null;
  for (const { entry, atMs, nr } of store.iterate(orderOf(request), readToken(pageToken))) {
    if (!isOurs(entry.logName) || !matchFilter(wanted, withSeverity(entry))) continue;
    if (entries.length === size) return { entries, nextPageToken: writeToken(last) };
    entries.push(entry);
    last = { atMs, nr };
  }
  return { entries };
}

function orderOf({ orderBy = '' }: ListRequest): 'asc' | 'desc' {
  if (orderBy === '' || orderBy === 'timestamp asc' || orderBy === 'timestamp') return 'asc';
  if (orderBy === 'timestamp desc') return 'desc';
  const message = `order_by is ${JSON.stringify(orderBy)}: expected "timestamp asc" or "timestamp desc"`;
  throw new StatusError('INVALID_ARGUMENT', message);
}

/** `projects/p`, or a view of one of its buckets, in which local-cloud keeps all its logs. */
function ofResources(names: readonly string[]): (logName: string) => boolean {
  const prefixes = names.map((name) => `${name.split('/').slice(0, 2).join('/')}/logs/`);
  return (logName) => prefixes.some((prefix) => logName.startsWith(prefix));
}

function withSeverity(entry: LogEntry): LogEntry {
  return { severity: 'DEFAULT', ...entry };
}

function writeToken(place: Place | null): string {
  return Buffer.from(JSON.stringify([place?.atMs, place?.nr])).toString('base64url');
}

function readToken(token: string): Place | null {
  if (token === '') return null;
  const found = /^\[([\d.-]+),(\d+)\]$/.exec(Buffer.from(token, 'base64url').toString());
  if (found) return { atMs: Number(found[1]), nr: Number(found[2]) };
  throw new StatusError('INVALID_ARGUMENT', 'page_token is not one that was given');
}
