import type { IncomingMessage } from 'node:http';
import { StatusError } from '../status-error.ts';

const maxBytes = 10 * 1024 * 1024;

/** The body as JSON; undefined when there is none. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new StatusError('INVALID_ARGUMENT', `the body has more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError('INVALID_ARGUMENT', `the body is not JSON: ${why}`);
  }
}
