import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Bucket, File, FileMetadata, GetFilesOptions, Storage } from '@google-cloud/storage';
import { AppError } from 'base/error.ts';
import { fail } from '../../../engine/error-codes.ts';
import { objectUri, parseObjectUri } from '../../../engine/flow/extract/object/object-place.ts';
import type { ObjectPlace } from '../../../engine/flow/extract/object/object-place.ts';
import type {
  DownloadOptions,
  FoundObject,
  ListedObject,
  ObjectStore,
  PutObject,
  PutOptions,
} from '../../../engine/flow/extract/object/object-store.ts';
import { hashFile } from '../hash-file.ts';
import { persist, receiveObject } from '../receive-object.ts';
import { statusOf, translateGcsError } from './gcs-error.ts';
import { sendFromGcs } from './gcs-send.ts';
import type { GcsOptions } from './gcs-send.ts';

/** Above it, an upload that breaks off goes on; below, it is one request. */
const RESUMABLE_BYTES = 5 * 1024 * 1024;
const FIELDS = 'items(name,generation,size,updated),nextPageToken';
type Page = readonly [File[], GetFilesOptions | null, unknown];

/** Cloud Storage. Its client, which takes 0.3 s to load, is opened with the first call. */
export class GcsStore implements ObjectStore {
  readonly #open: () => Promise<GcsOptions>;
  #storage: Promise<Storage> | undefined;

  constructor(open: () => Promise<GcsOptions>) {
    this.#open = open;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<ListedObject> {
    const { key, bucket } = parseObjectUri(prefix);
    const from = await this.#bucketOf(prefix);
    let query: GetFilesOptions | null = { prefix: key, fields: FIELDS };
    while (query) {
      signal?.throwIfAborted();
      // Said for each page: the client forgets it in the query that it gives for the next one.
      const asked: GetFilesOptions = { ...query, autoPaginate: false };
      const page: Page = await persist(() => asGcs(prefix, () => from.getFiles(asked)), signal);
      // With `fields`, the client gives no files but what was answered.
      const { items = [] } = page[2] as { items?: FileMetadata[] };
      for (const { name = '', ...metadata } of items) {
        const found = foundObject(objectUri({ scheme: 'gs', bucket, key: name }), metadata);
        yield { ...found, modifiedAt: new Date(metadata.updated ?? 0) };
      }
      query = page[1];
    }
  }

  async download(object: FoundObject, path: string, options: DownloadOptions = {}): Promise<void> {
    requireGcs(object.uri);
    const from = await this.#open();
    await receiveObject({ object, file: path }, options, {
      send: (first, end) =>
        sendFromGcs(object, { from: first, to: end, signal: options.signal }, from),
      translate: (error) => translateGcsError(error, object.uri),
    });
  }

  async put(uri: string, path: string, { ifAbsent, signal }: PutOptions = {}): Promise<PutObject> {
    const file = (await this.#bucketOf(uri)).file(parseObjectUri(uri).key);
    const { size: sizeBytes } = await stat(path);
    const crc32c = await hashFile(path, 'crc32c');
    const write = async (): Promise<FileMetadata> => {
      const target = file.createWriteStream({
        resumable: sizeBytes > RESUMABLE_BYTES,
        // Cloud Storage compares it before there is an object; the client would do so afterwards.
        validation: false,
        metadata: { crc32c, contentType: 'application/octet-stream' },
        ...(ifAbsent && { preconditionOpts: { ifGenerationMatch: 0 } }),
      });
      await pipeline(createReadStream(path), target, { signal });
      return file.metadata;
    };
    const metadata = await persist(() => asGcs(uri, write, signal), signal).catch(
      async (error: unknown) => this.#keepSame(error, file, { uri, crc32c, sizeBytes }),
    );
    return { ...foundObject(uri, metadata), crc32c };
  }

  async remove(uri: string): Promise<void> {
    const file = (await this.#bucketOf(uri)).file(parseObjectUri(uri).key);
    await persist(() => asGcs(uri, () => file.delete({ ignoreNotFound: true })), undefined);
  }

  /** It may be ours, when the answer to an earlier try was lost. */
  async #keepSame(
    error: unknown,
    file: File,
    { uri, crc32c, sizeBytes }: { uri: string; crc32c: string; sizeBytes: number },
  ): Promise<FileMetadata> {
    if (!(error instanceof AppError) || statusOf(error.cause) !== 412) throw error;
    const [metadata] = await asGcs(uri, () => file.getMetadata());
    if (metadata.crc32c === crc32c && Number(metadata.size) === sizeBytes) return metadata;
    throw fail('object_exists', `${uri} is there already, with another content`, {
      hint: 'Choose another name, or remove it first.',
    });
  }

  async #bucketOf(uri: string): Promise<Bucket> {
    const { bucket } = requireGcs(uri);
    this.#storage ??= this.#load();
    return (await this.#storage).bucket(bucket);
  }

  async #load(): Promise<Storage> {
    const options = await this.#open();
    const { Storage } = await import('@google-cloud/storage');
    return new Storage(options);
  }
}

function requireGcs(uri: string): ObjectPlace {
  const place = parseObjectUri(uri);
  if (place.scheme === 'gs') return place;
  throw fail('object_uri_invalid', `'${uri}' is not in Cloud Storage`);
}

function foundObject(uri: string, { generation, size }: FileMetadata): FoundObject {
  return { uri, version: String(generation), sizeBytes: Number(size) };
}

async function asGcs<T>(uri: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw translateGcsError(error, uri);
  }
}
