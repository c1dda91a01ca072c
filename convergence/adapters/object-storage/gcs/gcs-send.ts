import type { AuthClient } from 'google-auth-library';
import { request } from 'undici';
import { parseObjectUri } from '../../../engine/flow/extract/object/object-place.ts';
import type { FoundObject } from '../../../engine/flow/extract/object/object-store.ts';
import type { Arrival } from '../receive-object.ts';

export interface GcsOptions {
  readonly projectId?: string;
  /** Such as `http://127.0.0.1:8081`; absent: Google's own. */
  readonly apiEndpoint?: string;
  readonly authClient: AuthClient;
}

interface SentRange {
  readonly from: number;
  /** Not included. */
  readonly to: number;
  readonly signal: AbortSignal | undefined;
}

const GOOGLE = 'https://storage.googleapis.com';

/**
 * Part of one generation, as one plain request: a stream of Google's client takes three times as
 * long, and adds listeners until Node warns. Gzip is asked for so that what is stored as gzip
 * arrives as it is stored, which is what its checksum is of.
 * https://cloud.google.com/storage/docs/json_api/v1/objects/get
 */
export async function sendFromGcs(
  { uri, version }: FoundObject,
  { from, to, signal }: SentRange,
  { apiEndpoint = GOOGLE, authClient }: GcsOptions,
): Promise<Arrival> {
  const { bucket, key } = parseObjectUri(uri);
  const path = `/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`;
  const url = `${apiEndpoint}${path}?alt=media&generation=${version}`;
  const { statusCode, headers, body } = await request(url, {
    headers: {
      ...Object.fromEntries(await authClient.getRequestHeaders(url)),
      'accept-encoding': 'gzip',
      range: `bytes=${from}-${to - 1}`,
    },
    ...(signal && { signal }),
  });
  if (statusCode >= 300) {
    throw Object.assign(new Error(await body.text()), { code: statusCode });
  }
  const [, value] = /crc32c=([^,\s]+)/.exec(String(headers['x-goog-hash'])) ?? [];
  return { body, checksum: value === undefined ? null : { kind: 'crc32c', value } };
}
