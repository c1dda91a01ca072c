import { fail } from '../../../error-codes.ts';

/** Where an object lies: `gs://bucket/key` in Cloud Storage, `s3://bucket/key` in S3. */
export interface ObjectPlace {
  readonly scheme: 'gs' | 's3';
  readonly bucket: string;
  /** Without a leading slash; empty: the whole bucket. */
  readonly key: string;
}

/** @throws object_uri_invalid */
export function parseObjectUri(uri: string): ObjectPlace {
  const [, scheme, bucket, key] =
    /^(gs|s3):\/\/([a-z0-9][\w.-]{1,221}[a-z0-9])(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket !== undefined && (scheme === 'gs' || scheme === 's3')) {
    return { scheme, bucket, key: key ?? '' };
  }
  throw fail('object_uri_invalid', `'${uri}' is no place in object storage`, {
    hint: 'Write gs://bucket/path or s3://bucket/path.',
  });
}

export function objectUri({ scheme, bucket, key }: ObjectPlace): string {
  return `${scheme}://${bucket}/${key}`;
}
