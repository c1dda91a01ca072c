import { posix } from 'node:path';
import type { FoundObject } from './object-store.ts';

/** What every object begins with that a pattern can match: only these need be listed. */
export function listingPrefix(pattern: string): string {
  return pattern.split(/[*?[{(!@+]/)[0] ?? '';
}

/** A URI that is the pattern matches it, though it may look like a pattern. Folders are no objects. */
export function matchesPattern({ uri, sizeBytes }: FoundObject, pattern: string): boolean {
  if (uri.endsWith('/') && sizeBytes === 0) return false;
  return uri === pattern || posix.matchesGlob(keyOf(uri), keyOf(pattern));
}

/** Bucket and key: two slashes in a row mean nothing to a glob. */
function keyOf(uri: string): string {
  return uri.replace(/^\w+:\/\//, '');
}
