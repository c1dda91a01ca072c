import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { fail } from '../../../engine/error-codes.ts';
import { objectUri, parseObjectUri } from '../../../engine/flow/extract/object/object-place.ts';
import type {
  DownloadOptions,
  FoundObject,
  ListedObject,
  ObjectStore,
  PutObject,
  PutOptions,
} from '../../../engine/flow/extract/object/object-store.ts';
import { hashFile } from '../hash-file.ts';
import type { Checksum } from '../hash-file.ts';
import { receiveObject } from '../receive-object.ts';
import type { Arrival } from '../receive-object.ts';
import { openS3Client } from './s3-client.ts';
import type { S3Options } from './s3-client.ts';
import { statusOf, translateS3Error } from './s3-error.ts';
import { PART_BYTES, putInParts } from './s3-multipart.ts';

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** S3, and other storage that speaks it. */
export class S3Store implements ObjectStore {
  readonly #options: S3Options;
  #client: Promise<S3Client> | undefined;

  constructor(options: S3Options) {
    this.#options = options;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<ListedObject> {
    const { Bucket, Key: Prefix } = requireS3(prefix);
    let ContinuationToken: string | undefined;
    do {
      signal?.throwIfAborted();
      const query = { Bucket, Prefix, ContinuationToken };
      const page = await this.#call(prefix, signal, async (client, { ListObjectsV2Command }) =>
        client.send(new ListObjectsV2Command(query), { abortSignal: signal }),
      );
      for (const found of page.Contents ?? []) {
        const { Key: key = '', ETag: version = '', Size: sizeBytes = 0 } = found;
        const uri = objectUri({ scheme: 's3', bucket: Bucket, key });
        yield { uri, version, sizeBytes, modifiedAt: found.LastModified ?? new Date(0) };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async download(object: FoundObject, file: string, options: DownloadOptions = {}): Promise<void> {
    const place = requireS3(object.uri);
    await receiveObject({ object, file }, options, {
      send: (from, to) => this.#send(object, place, { from, to, signal: options.signal }),
      translate: (error) => translateS3Error(error, object.uri),
    });
  }

  async put(uri: string, file: string, { ifAbsent, signal }: PutOptions = {}): Promise<PutObject> {
    const place = requireS3(uri);
    const { size: sizeBytes } = await stat(file);
    const crc32c = await hashFile(file, 'crc32c');
    const condition = ifAbsent ? { IfNoneMatch: '*' } : {};
    const upload = { ...place, ...condition, ChecksumCRC32C: crc32c };
    try {
      const { ETag: version = '' } = await this.#call(uri, signal, async (client, sdk) => {
        if (sizeBytes > PART_BYTES) return putInParts(client, { upload, file, sizeBytes, signal });
        const command = new sdk.PutObjectCommand({ ...upload, Body: await readFile(file) });
        return client.send(command, { abortSignal: signal });
      });
      return { uri, version, sizeBytes, crc32c };
    } catch (error) {
      if (!ifAbsent || ![409, 412].includes(statusOf((error as Error).cause))) throw error;
      return this.#keepSame({ uri, file, sizeBytes, crc32c });
    }
  }

  async remove(uri: string): Promise<void> {
    const place = requireS3(uri);
    await this.#call(uri, undefined, (client, { DeleteObjectCommand }) =>
      client.send(new DeleteObjectCommand(place)),
    );
  }

  /** It may be ours, when the answer to an earlier try was lost. */
  async #keepSame(put: {
    uri: string;
    file: string;
    sizeBytes: number;
    crc32c: string;
  }): Promise<PutObject> {
    const { uri, file, sizeBytes, crc32c } = put;
    const found = await this.#head(uri, requireS3(uri), undefined);
    const checksum = checksumOf(found);
    const isSame =
      found.ContentLength === sizeBytes &&
      checksum !== null &&
      checksum.value === (await hashFile(file, checksum.kind));
    if (isSame) return { uri, version: found.ETag ?? '', sizeBytes, crc32c };
    throw fail('object_exists', `${uri} is there already, with another content`, {
      hint: 'Choose another name, or remove it first.',
    });
  }

  async #send(
    { uri, version, sizeBytes }: FoundObject,
    place: Place,
    { from, to, signal }: { from: number; to: number; signal: AbortSignal | undefined },
  ): Promise<Arrival> {
    const isWhole = from === 0 && to === sizeBytes;
    const asked = { ...place, IfMatch: version, ChecksumMode: 'ENABLED' as const };
    const range = isWhole ? {} : { Range: `bytes=${from}-${to - 1}` };
    const got = await this.#call(uri, signal, (client, { GetObjectCommand }) =>
      client.send(new GetObjectCommand({ ...asked, ...range }), { abortSignal: signal }),
    );
    // A part of an object comes without the checksum of all of it.
    const facts = isWhole ? got : await this.#head(uri, place, signal);
    return { body: got.Body as Readable, checksum: checksumOf(facts) };
  }

  #head(uri: string, place: Place, signal: AbortSignal | undefined) {
    return this.#call(uri, signal, (client, { HeadObjectCommand }) =>
      client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }), {
        abortSignal: signal,
      }),
    );
  }

  async #call<T>(
    uri: string,
    signal: AbortSignal | undefined,
    call: (client: S3Client, sdk: typeof Sdk) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.#client ??= openS3Client(this.#options);
    const client = await this.#client;
    try {
      return await call(client, await import('@aws-sdk/client-s3'));
    } catch (error) {
      signal?.throwIfAborted();
      throw translateS3Error(error, uri);
    }
  }
}

function requireS3(uri: string): Place {
  const { scheme, bucket, key } = parseObjectUri(uri);
  if (scheme === 's3') return { Bucket: bucket, Key: key };
  throw fail('object_uri_invalid', `'${uri}' is not in S3`);
}

/**
 * Of the whole content. An ETag is its MD5 only when it was written at once and not encrypted with a
 * key of KMS or of the caller: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
function checksumOf(facts: GetObjectCommandOutput | HeadObjectCommandOutput): Checksum | null {
  const { ChecksumCRC32C: crc32c, ChecksumType: type, ETag = '' } = facts;
  if (crc32c !== undefined && type !== 'COMPOSITE' && !crc32c.includes('-'))
    return { kind: 'crc32c', value: crc32c };
  const [, md5] = /^"([0-9a-f]{32})"$/.exec(ETag) ?? [];
  const isKms = facts.ServerSideEncryption?.startsWith('aws:kms') ?? false;
  if (md5 === undefined || isKms || facts.SSECustomerAlgorithm !== undefined) return null;
  return { kind: 'md5', value: Buffer.from(md5, 'hex').toString('base64') };
}
