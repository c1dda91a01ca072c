import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectStore } from './object-store.ts';
import { StorageError } from './storage-error.ts';

export interface StorageCall {
  readonly store: ObjectStore;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

const MAX_SIZE_BYTES = 100 * 1024 * 1024;

export async function readContent({ request }: StorageCall): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    requireSize(sizeBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function requireSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_SIZE_BYTES) return;
  const message = `local-cloud takes at most ${MAX_SIZE_BYTES} bytes for one object.`;
  throw new StorageError('uploadTooLarge', message);
}

/** Empty is an object without fields. */
export function parseResource(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Refused below, as what is JSON and not an object.
  }
  throw new StorageError('invalid', 'Parse Error: expected a JSON object.');
}
