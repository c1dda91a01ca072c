import type { ObjectStore } from '../store/object-store.ts';
import { withLinks } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import type { StoredObject } from './stored-object.ts';

interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  readonly startOffset: string;
  readonly endOffset: string | null;
  /** The last entry of the page before; empty: none. */
  readonly after: string;
  readonly size: number;
}

/** One of both. */
interface Entry {
  readonly item?: StoredObject;
  readonly prefix?: string;
}

const MAX_RESULTS = 1000;
const known =
  /^(prefix|delimiter|(start|end)Offset|maxResults|pageToken|alt|fields|key|prettyPrint|projection|userProject|includeFoldersAsPrefixes|includeTrailingDelimiter|versions)$/;

/** One page: https://cloud.google.com/storage/docs/json_api/v1/objects/list. */
export function listObjects(call: StorageCall, bucket: string): object {
  const { store, query } = call;
  const listing = readListing(bucket, query);
  const entries: Entry[] = [];
  let nextPageToken: string | undefined;
  for (const entry of entriesOf(store, listing)) {
    if (entries.length === listing.size) {
      nextPageToken = writeToken(entries.at(-1) ?? {});
      break;
    }
    entries.push(entry);
  }
  const items = entries.flatMap(({ item }) => (item ? [withLinks(call, item)] : []));
  const prefixes = entries.flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix]));
  return {
    kind: 'storage#objects',
    ...(items.length === 0 ? {} : { items }),
    ...(prefixes.length === 0 ? {} : { prefixes }),
    nextPageToken,
  };
}

function readListing(bucket: string, query: URLSearchParams): Listing {
  const isSaid = (key: string) => !['', 'false', 'False'].includes(query.get(key) ?? '');
  const strange = [...query.keys()].find((key) => !known.test(key) && isSaid(key));
  if (strange !== undefined)
    throw new StorageError('notImplemented', `local-cloud does not model ${strange} of lists.`);
  const maxResults = query.get('maxResults') ?? String(MAX_RESULTS);
  if (!/^\d+$/.test(maxResults))
    throw new StorageError('invalid', `Invalid value for maxResults: ${maxResults}.`);
  return {
    bucket,
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') || null,
    after: readToken(query.get('pageToken') ?? ''),
    size: Math.min(MAX_RESULTS, Number(maxResults) || MAX_RESULTS),
  };
}

function* entriesOf(store: ObjectStore, listing: Listing): Generator<Entry> {
  const { bucket, prefix, delimiter, startOffset, endOffset, after } = listing;
  const isAfterPrefix =
    delimiter !== '' && after.length > prefix.length && after.endsWith(delimiter);
  let last = isAfterPrefix ? after : null;
  // Names in order of bytes: the first one after those with the prefix ends the list.
  for (const item of store.iterate({ bucket, from: prefix, after, to: endOffset })) {
    if (!item.name.startsWith(prefix)) return;
    if (Buffer.compare(Buffer.from(item.name), Buffer.from(startOffset)) < 0) continue;
    const inside = delimiter === '' ? -1 : item.name.indexOf(delimiter, prefix.length);
    if (inside === -1) {
      yield { item };
      continue;
    }
    const folder = item.name.slice(0, inside + delimiter.length);
    if (folder === last) continue;
    last = folder;
    yield { prefix: folder };
  }
}

function writeToken({ item, prefix = '' }: Entry): string {
  return Buffer.from(`after ${item?.name ?? prefix}`).toString('base64url');
}

function readToken(token: string): string {
  if (token === '') return '';
  const [, after] = /^after (.+)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (after !== undefined) return after;
  throw new StorageError('invalid', `Invalid value for pageToken: ${token} was not given here.`);
}
