import { StorageError } from '../storage-error.ts';

export interface MultipartUpload {
  /** JSON. */
  readonly resource: string;
  readonly contentType: string;
  /** Refuses while it is read when it does not end as a multipart body does. */
  readonly content: AsyncIterable<Buffer>;
}

const MAX_RESOURCE_BYTES = 1024 * 1024;

/** Two parts of a multipart/related body (RFC 2387): the resource, then the content, streamed. */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  contentType: string,
): Promise<MultipartUpload> {
  // gcloud quotes it as Python does.
  const boundary = /boundary=(["']?)([^;"']+)\1/i.exec(contentType)?.[2]?.trim();
  if (boundary === undefined || !/^multipart\//i.test(contentType))
    throw new StorageError('invalid', `Expected a multipart body, but this is ${contentType}.`);
  const reader = new DelimitedReader(body);
  await reader.readTo(`--${boundary}`);
  // gcloud ends lines with LF alone, and Cloud Storage takes it.
  const newline = (await reader.readTo('\n')).endsWith('\r') ? '\r\n' : '\n';
  const delimiter = `${newline}--${boundary}`;
  await reader.readTo(`${newline}${newline}`);
  const resource = await reader.readTo(delimiter);
  const head = await reader.readTo(`${newline}${newline}`);
  return {
    resource,
    contentType: /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1] ?? '',
    content: lastPart(reader, delimiter),
  };
}

async function* lastPart(reader: DelimitedReader, delimiter: string): AsyncGenerator<Buffer> {
  yield* reader.streamTo(delimiter);
  const end = await reader.peek(2);
  if (end !== '--') throw new StorageError('invalid', 'A multipart upload has 2 parts, not more.');
}

/** Holds no more than a chunk of the body and what may be the beginning of a delimiter. */
class DelimitedReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** What stands before it, as text. */
  async readTo(delimiter: string): Promise<string> {
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    for await (const piece of this.streamTo(delimiter)) {
      sizeBytes += piece.length;
      if (sizeBytes > MAX_RESOURCE_BYTES)
        throw new StorageError('invalid', 'The first part of the body is too large.');
      pieces.push(piece);
    }
    return String(Buffer.concat(pieces));
  }

  /** What stands before it. */
  async *streamTo(delimiter: string): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#rest.indexOf(delimiter);
      if (at !== -1) {
        const before = this.#rest.subarray(0, at);
        this.#rest = this.#rest.subarray(at + delimiter.length);
        if (before.length > 0) yield before;
        return;
      }
      const sure = Math.max(0, this.#rest.length - delimiter.length + 1);
      if (sure > 0) yield this.#rest.subarray(0, sure);
      this.#rest = this.#rest.subarray(sure);
      await this.#readMore();
    }
  }

  async peek(sizeBytes: number): Promise<string> {
    while (this.#rest.length < sizeBytes) await this.#readMore();
    return String(this.#rest.subarray(0, sizeBytes));
  }

  async #readMore(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done)
      throw new StorageError('invalid', 'The multipart body ends before its last part does.');
    this.#rest = Buffer.concat([this.#rest, next.value]);
  }
}
