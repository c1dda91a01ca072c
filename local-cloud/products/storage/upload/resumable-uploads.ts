import { readResource, writeObject } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import type { Session } from '../store/upload-store.ts';
import { beginUpload, readHashes } from './begin-upload.ts';

interface ChunkRange {
  /** Null: only asks how much is here. */
  readonly from: number | null;
  /** Of the whole object; null: not known yet. */
  readonly total: number | null;
  /** The end of this body is the end of the object. */
  readonly isLast: boolean;
}

/** Of a session that goes on; unlike HTTP's. */
const INCOMPLETE = 308;
/** Of a chunk that is not the last one, no more is kept than a multiple of this. */
const GRAIN_BYTES = 256 * 1024;

/** https://cloud.google.com/storage/docs/performing-resumable-uploads */
export async function beginResumable(call: StorageCall, bucket: string): Promise<void> {
  const { headers } = call.request;
  const contentType = headers['x-upload-content-type'];
  const body = await readResource(call);
  const upload = beginUpload(call, bucket, { ...(contentType ? { contentType } : {}), ...body });
  const { id } = call.store.uploads.begin(upload);
  const path = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
  call.response.writeHead(200, { location: `http://${headers.host}${path}`, 'content-length': 0 });
  call.response.end();
}

/** Takes the next chunk, or says how much is here. Chunks of one session come one after the other. */
export async function continueResumable(call: StorageCall): Promise<void> {
  const session = findSession(call);
  await inTurn(session.id, () => takeChunk(call));
}

export async function cancelResumable(call: StorageCall): Promise<never> {
  const session = findSession(call);
  call.store.uploads.forget(session);
  if (!session.object) call.store.contents.remove(session.content);
  throw new StorageError('cancelled', 'The upload was cancelled.');
}

/** Uploads that a chunk is being written to. */
const turns = new Map<string, Promise<unknown>>();

/** A writer whose connection broke asks again while the old chunk is still on its way to the disk. */
async function inTurn(id: string, work: () => Promise<void>): Promise<void> {
  const before = turns.get(id) ?? Promise.resolve();
  const mine = before.then(work, work);
  turns.set(id, mine);
  try {
    await mine;
  } finally {
    if (turns.get(id) === mine) turns.delete(id);
  }
}

async function takeChunk(call: StorageCall): Promise<void> {
  const { store, request, response } = call;
  const session = findSession(call);
  if (session.object) return writeObject(call, session.object);
  const range = readRange(request.headers['content-range']);
  await append(call, session, range);
  const received = await store.contents.sizeOf(session.content);
  if (range.isLast || range.total === received) return finish(call, session);
  const kept = received - (received % GRAIN_BYTES);
  if (kept < received) await store.contents.cut(session.content, kept);
  response.writeHead(INCOMPLETE, {
    ...(kept === 0 ? {} : { range: `bytes=0-${kept - 1}` }),
    'content-length': 0,
  });
  response.end();
}

function findSession({ store, query }: StorageCall): Session {
  const session = store.uploads.find(query.get('upload_id') ?? '');
  if (session) return session;
  throw new StorageError('notFound', 'There is no such upload.');
}

/** What is here already may be sent again. */
async function append(call: StorageCall, session: Session, { from }: ChunkRange): Promise<void> {
  const { contents } = call.store;
  if (from === null) return;
  const received = await contents.sizeOf(session.content);
  if (from > received)
    throw new StorageError('invalid', `Expected bytes from ${received}, but got ${from}.`);
  await contents.append(session.content, skip(call.request, received - from));
}

async function* skip(body: AsyncIterable<Buffer>, sizeBytes: number): AsyncGenerator<Buffer> {
  let left = sizeBytes;
  for await (const chunk of body) {
    const rest = chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
    if (rest.length > 0) yield rest;
  }
}

async function finish(call: StorageCall, session: Session): Promise<void> {
  const { store, request } = call;
  const { conditions, ...upload } = session.upload;
  const content = { id: session.content, ...(await store.contents.hash(session.content)) };
  const expected = { ...upload.expected, ...readHashes(request.headers['x-goog-hash']) };
  try {
    const object = store.put({ ...upload, expected, content }, conditions, (made) =>
      store.uploads.finish(session, made),
    );
    writeObject(call, object);
  } catch (error) {
    store.uploads.forget(session);
    store.contents.remove(session.content);
    throw error;
  }
}

/** `bytes 0-99/200`, `bytes 0-99/*`, `bytes 0-*` with a size or `*`, `bytes *` with either. */
function readRange(header = 'bytes 0-*/*'): ChunkRange {
  const found = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header);
  if (!found) throw new StorageError('invalid', `Invalid Content-Range: ${header}.`);
  const [, from, to, size] = found;
  const total = size === '*' ? null : Number(size);
  return {
    from: from === undefined ? null : Number(from),
    total,
    isLast: to === '*' && total === null,
  };
}
