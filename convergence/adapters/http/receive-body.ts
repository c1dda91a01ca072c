import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { fail } from '../../engine/error-codes.ts';
import type { ResponseHeaders } from '../../engine/flow/extract/read-response.ts';

export interface ReceivedBody {
  readonly path: string;
  readonly sizeBytes: number;
}

export const ACCEPT_ENCODING = 'gzip, deflate, br, zstd';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Streams a body to a file, decoded and as UTF-8 without byte order mark. Nothing is left of it
 * when it fails.
 * @throws source_page_too_large, and whatever breaks the stream
 */
export async function receiveBody(
  body: Readable,
  headers: ResponseHeaders,
  target: { path: string; limitBytes: number; signal: AbortSignal },
): Promise<ReceivedBody> {
  const meter = createMeter(target.limitBytes);
  const output = createWriteStream(target.path);
  const stages = [...decodersOf(headers), meter.stream, ...transcoderOf(headers)];
  try {
    await pipeline([body, ...stages, output], { signal: target.signal });
  } catch (error) {
    await rm(target.path, { force: true });
    throw error;
  }
  return { path: target.path, sizeBytes: meter.sizeBytes() };
}

/** The beginning of a file as text. */
export async function readStart(path: string, sizeBytes: number): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
  return buffer.subarray(0, bytesRead).toString();
}

function decodersOf(headers: ResponseHeaders): Transform[] {
  const codings = (headers['content-encoding'] ?? '').toLowerCase().split(',');
  return codings
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .toReversed()
    .map((coding) => {
      const create = decoders[coding];
      if (create) return create();
      throw fail('source_not_json', `The source answers in the encoding '${coding}'`, {
        hint: `Known are ${ACCEPT_ENCODING}.`,
      });
    });
}

/** JSON is UTF-8 (RFC 8259); some servers declare and send something else. */
function transcoderOf(headers: ResponseHeaders): Transform[] {
  const [, charset = 'utf-8'] = /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '') ?? [];
  if (/^utf-?8$/i.test(charset)) return [];
  const decoder = new TextDecoder(charset);
  return [
    new Transform({
      transform: (chunk: Buffer, _, done) => done(null, decoder.decode(chunk, { stream: true })),
      flush: (done) => done(null, decoder.decode()),
    }),
  ];
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

function createMeter(limitBytes: number) {
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      const first = sizeBytes === 0;
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) {
        done(tooLarge(limitBytes));
        return;
      }
      const marked = first && chunk.subarray(0, 3).equals(BYTE_ORDER_MARK);
      done(null, marked ? chunk.subarray(3) : chunk);
    },
  });
  return { stream, sizeBytes: () => sizeBytes };
}

function tooLarge(limitBytes: number) {
  return fail('source_page_too_large', `One page is larger than ${limitBytes / 1_000_000} MB`, {
    hint: "Ask for fewer records in one page, or raise 'max_page_size' of the client.",
  });
}
