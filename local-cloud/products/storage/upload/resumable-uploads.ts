import { randomUUID } from 'node:crypto';
import { writeJson } from '../../../protocol/rest/write-answer.ts';
import { parseResource, readContent, requireSize } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { StorageError } from '../storage-error.ts';
import { beginUpload, finishUpload, readHashes } from './upload.ts';
import type { BegunUpload } from './upload.ts';

interface Session {
  readonly upload: BegunUpload;
  received: Buffer;
  /** The answer, once the object is there. */
  object?: object;
}

interface ChunkRange {
  /** Null: only asks how much is here. */
  readonly from: number | null;
  /** Of the whole object; null: not known yet. */
  readonly total: number | null;
  /** The end of this body is the end of the object. */
  readonly isLast: boolean;
}

const MAX_SESSIONS = 100;
/** Of a session that goes on; unlike HTTP's. */
const INCOMPLETE = 308;

/**
 * Uploads in several requests
 * (https://cloud.google.com/storage/docs/performing-resumable-uploads). Sessions are in memory: one
 * that a restart ends is not found, and its writer begins again.
 */
export class ResumableUploads {
  readonly #sessions = new Map<string, Session>();

  async begin(call: StorageCall, bucket: string): Promise<void> {
    const { headers } = call.request;
    const contentType = headers['x-upload-content-type'];
    const body = parseResource(String(await readContent(call)));
    const upload = beginUpload(call, bucket, { ...(contentType ? { contentType } : {}), ...body });
    const id = randomUUID();
    this.#sessions.set(id, { upload, received: Buffer.alloc(0) });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    const path = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
    call.response.writeHead(200, {
      location: `http://${headers.host}${path}`,
      'content-length': 0,
    });
    call.response.end();
  }

  async continue(call: StorageCall): Promise<void> {
    const session = this.#sessions.get(call.query.get('upload_id') ?? '');
    if (!session) throw new StorageError('notFound', 'There is no such upload.');
    const range = readRange(call.request.headers['content-range']);
    const content = await readContent(call);
    if (session.object) return writeJson(call.response, 200, session.object);
    append(session, range, content);
    const { received, upload } = session;
    if (range.isLast || range.total === received.length) {
      const hashes = readHashes(call.request.headers['x-goog-hash']);
      const expected = { ...upload.expected, ...hashes };
      session.object = finishUpload(call, { ...upload, expected }, received);
      session.received = Buffer.alloc(0);
    } else writeProgress(call, received.length);
  }
}

/** What is here already may be sent again. */
function append(session: Session, { from }: ChunkRange, content: Buffer): void {
  const { received } = session;
  if (from === null) return;
  if (from > received.length)
    throw new StorageError('invalid', `Expected bytes from ${received.length}, but got ${from}.`);
  requireSize(from + content.length);
  const sent = Buffer.concat([received.subarray(0, from), content]);
  session.received = sent.length > received.length ? sent : received;
}

function writeProgress({ response }: StorageCall, sizeBytes: number): void {
  const range = sizeBytes === 0 ? {} : { range: `bytes=0-${sizeBytes - 1}` };
  response.writeHead(INCOMPLETE, { ...range, 'content-length': 0 });
  response.end();
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
