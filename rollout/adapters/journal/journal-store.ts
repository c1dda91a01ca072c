import { isDeepStrictEqual } from 'node:util';
import type { Bucket, File, GetFilesOptions, Storage } from '@google-cloud/storage';
import type { JournalEntry, JournalPlace, JournalStore } from '../../engine/apply/journal-store.ts';
import { fail } from '../../engine/error-codes.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';
import { entryName, rolloutPrefix, servicePrefix } from './entry-name.ts';
import { statusOf, translateError } from './translate-error.ts';

export interface BucketJournalOptions {
  /** Such as `http://127.0.0.1:8081`, asked without credentials; null: Cloud Storage itself. */
  readonly apiEndpoint: string | null;
  /** Null: `{project}-rollout`. */
  readonly bucket: string | null;
}

/** Downloads at once. */
const PARALLEL = 16;
/** Seconds, unlike everything else in Node. */
const RETRIES = { maxRetries: 3, maxRetryDelay: 2, totalTimeout: 20 };

/**
 * Journals in Cloud Storage, one object for each entry. An object is created only when it is not
 * there yet (https://cloud.google.com/storage/docs/request-preconditions), which makes writers of
 * the same number exclude each other; reads and lists are strongly consistent.
 */
export class BucketJournalStore implements JournalStore {
  readonly #options: BucketJournalOptions;
  readonly #storages = new Map<string, Promise<Storage>>();

  constructor(options: BucketJournalOptions) {
    this.#options = options;
  }

  async append(at: JournalPlace, number: number, entry: JournalEntry): Promise<boolean> {
    requireReadable(entry);
    const bucket = await this.#bucketOf(at.ref);
    return translated(bucket, async () => {
      const file = bucket.file(entryName(at, number));
      if (await createInBucket(file, entry, at.ref)) return true;
      // Ours, when the answer to an earlier try was lost.
      return isDeepStrictEqual(await download(file), JSON.parse(JSON.stringify(entry)));
    });
  }

  async read(at: JournalPlace, from = 0): Promise<readonly JournalEntry[]> {
    const bucket = await this.#bucketOf(at.ref);
    return translated(bucket, async () => {
      const prefix = rolloutPrefix(at);
      const { files } = await list(bucket, { prefix, startOffset: entryName(at, from) });
      files.forEach(({ name }, index) => requireName(name, entryName(at, from + index)));
      return downloadAll(files);
    });
  }

  async list(ref: ServiceRef): Promise<readonly string[]> {
    const bucket = await this.#bucketOf(ref);
    return translated(bucket, async () => {
      const prefix = servicePrefix(ref);
      const { prefixes } = await list(bucket, { prefix, delimiter: '/' });
      return prefixes.map((path) => path.slice(prefix.length, -1)).toReversed();
    });
  }

  async close(): Promise<void> {}

  async #bucketOf({ project }: ServiceRef): Promise<Bucket> {
    const storage = this.#storages.get(project) ?? this.#open(project);
    this.#storages.set(project, storage);
    return (await storage).bucket(this.#options.bucket ?? `${project}-rollout`);
  }

  /** The client takes 0.3 s to load. */
  async #open(projectId: string): Promise<Storage> {
    const { Storage } = await import('@google-cloud/storage');
    const apiEndpoint = this.#options.apiEndpoint ?? undefined;
    return new Storage({ projectId, apiEndpoint, retryOptions: RETRIES });
  }
}

async function translated<T>(bucket: Bucket, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateError(error, bucket.name);
  }
}

/** Google's client takes an answer with a field of this name for a refusal. */
function requireReadable(entry: JournalEntry): void {
  if ('error' in entry) throw new TypeError(`An entry of kind '${entry.kind}' has a field 'error'`);
}

/** Makes the bucket, too, when it is the first entry of all. */
async function createInBucket(file: File, entry: JournalEntry, ref: ServiceRef): Promise<boolean> {
  try {
    return await create(file, entry);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  await createBucket(file.bucket, ref);
  return create(file, entry);
}

/** False when it is there. */
async function create(file: File, entry: JournalEntry): Promise<boolean> {
  try {
    await file.save(JSON.stringify(entry), {
      contentType: 'application/json',
      resumable: false,
      // The client would check the checksum by deleting the object when it differs.
      validation: false,
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    return true;
  } catch (error) {
    if (statusOf(error) === 412) return false;
    throw error;
  }
}

async function createBucket(bucket: Bucket, { region }: ServiceRef): Promise<void> {
  try {
    await bucket.create({
      location: region,
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
    });
  } catch (error) {
    // Another runner was faster; when it is a stranger's, the next write is denied.
    if (statusOf(error) !== 409) throw error;
  }
}

interface Listed {
  readonly files: readonly File[];
  readonly prefixes: readonly string[];
}

/** All pages, in the order of the names. Nothing where there is no bucket yet. */
async function list(bucket: Bucket, query: GetFilesOptions): Promise<Listed> {
  const files: File[] = [];
  const prefixes: string[] = [];
  let next: GetFilesOptions | null = query;
  while (next) {
    const page: Page = await getPage(bucket, next);
    files.push(...page[0]);
    prefixes.push(...((page[2] as { prefixes?: string[] } | undefined)?.prefixes ?? []));
    next = page[1];
  }
  return { files, prefixes };
}

type Page = readonly [File[], GetFilesOptions | null, unknown];

async function getPage(bucket: Bucket, query: GetFilesOptions): Promise<Page> {
  try {
    // The client forgets it in the query that it gives for the next page.
    return await bucket.getFiles({ ...query, autoPaginate: false });
  } catch (error) {
    if (statusOf(error) === 404) return [[], null, undefined];
    throw error;
  }
}

function requireName(found: string, expected: string): void {
  if (found === expected) return;
  throw fail('journal_damaged', `The journal has ${found} where ${expected} was expected`, {
    hint: 'Somebody changed the objects of the journal by hand: restore what is missing.',
  });
}

async function downloadAll(files: readonly File[]): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let start = 0; start < files.length; start += PARALLEL) {
    entries.push(...(await Promise.all(files.slice(start, start + PARALLEL).map(download))));
  }
  return entries;
}

/**
 * As one request: the client's download of a stream takes three times as long and, when many run,
 * warns of listeners of its own.
 */
async function download(file: File): Promise<JournalEntry> {
  const body = await readBody(file);
  const { kind, at } = (body ?? {}) as Partial<JournalEntry>;
  if (typeof kind === 'string' && typeof at === 'string') return body as JournalEntry;
  throw fail('journal_damaged', `gs://${file.bucket.name}/${file.name} is no entry of a journal`, {
    hint: 'Somebody changed the objects of the journal by hand: restore what was there.',
  });
}

async function readBody(file: File): Promise<unknown> {
  try {
    return (await file.request({ uri: '', qs: { alt: 'media' } }))[0];
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
