import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, rmSync } from 'node:fs';
import { copyFile, link, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from 'base/make-folder.ts';
import { Crc32c } from './crc32c.ts';

/** What is known of a content once all of it has been read. */
export interface ContentFacts {
  readonly sizeBytes: number;
  /** In base64, as Cloud Storage writes them. */
  readonly crc32c: string;
  readonly md5Hash: string;
}

/**
 * Contents of objects, each a file of its own that nobody changes once it belongs to an object. What
 * was written is there after kill -9; a power cut may lose the last of it.
 */
export class ContentFolder {
  readonly #path: string;

  constructor(home: string) {
    this.#path = join(home, 'contents');
    makeFolder(this.#path);
  }

  pathOf(id: string): string {
    return join(this.#path, id);
  }

  /** Reads it once; its facts come along. Removed again when it breaks off. */
  async write(content: AsyncIterable<Uint8Array>): Promise<ContentFacts & { id: string }> {
    const id = randomUUID();
    const hash = hashing();
    try {
      await pipeline(Readable.from(content), hash.stream, createWriteStream(this.pathOf(id)));
    } catch (error) {
      this.remove(id);
      throw error;
    }
    return { id, ...hash.facts() };
  }

  /** Behind what is there; what arrived before it breaks off stays. */
  async append(id: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await pipeline(Readable.from(content), createWriteStream(this.pathOf(id), { flags: 'a' }));
  }

  async sizeOf(id: string): Promise<number> {
    return stat(this.pathOf(id)).then(
      ({ size }) => size,
      () => 0,
    );
  }

  async cut(id: string, sizeBytes: number): Promise<void> {
    await truncate(this.pathOf(id), sizeBytes);
  }

  /** Makes an empty one that nobody has written to. */
  async hash(id: string): Promise<ContentFacts> {
    await (await open(this.pathOf(id), 'a')).close();
    const hash = hashing();
    await pipeline(createReadStream(this.pathOf(id)), hash.stream.resume());
    return hash.facts();
  }

  /** The same content under another id. */
  async copy(id: string): Promise<string> {
    const copy = randomUUID();
    const paths = [this.pathOf(id), this.pathOf(copy)] as const;
    await link(...paths).catch(() => copyFile(...paths));
    return copy;
  }

  remove(id: string): void {
    rmSync(this.pathOf(id), { force: true });
  }

  /** What a killed local-cloud left of uploads that nobody goes on with. */
  removeOthers(known: ReadonlySet<string>): void {
    for (const id of readdirSync(this.#path)) {
      if (!known.has(id)) rmSync(this.pathOf(id));
    }
  }
}

function hashing() {
  const md5 = createHash('md5');
  const crc32c = new Crc32c();
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      md5.update(chunk);
      crc32c.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  const facts = (): ContentFacts => ({
    sizeBytes,
    crc32c: crc32c.digest(),
    md5Hash: md5.digest('base64'),
  });
  return { stream, facts };
}
