import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeJson } from '../../protocol/rest/write-answer.ts';
import type { StoredObject } from './object/stored-object.ts';
import { StorageError } from './storage-error.ts';
import type { ObjectStore } from './store/object-store.ts';

export interface StorageCall {
  readonly store: ObjectStore;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

const MAX_RESOURCE_BYTES = 1024 * 1024;

/** The body as a resource, which is small; contents are streamed. */
export async function readResource({
  request,
}: Pick<StorageCall, 'request'>): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_RESOURCE_BYTES)
      throw new StorageError('invalid', `A resource has at most ${MAX_RESOURCE_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return parseResource(String(Buffer.concat(chunks)));
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

export function writeObject(call: StorageCall, object: StoredObject): void {
  writeJson(call.response, 200, withLinks(call, object));
}

/** The links lead to where the caller asked; `gcloud storage cat` crashes without them. */
export function withLinks({ request }: StorageCall, object: StoredObject): object {
  const { bucket, name, generation } = object;
  const origin = `http://${request.headers.host}`;
  const path = `storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    ...object,
    selfLink: `${origin}/${path}`,
    mediaLink: `${origin}/download/${path}?generation=${generation}&alt=media`,
  };
}
