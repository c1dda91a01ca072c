import { parseResource, writeObject } from '../storage-call.ts';
import type { StorageCall } from '../storage-call.ts';
import { beginUpload } from './begin-upload.ts';
import type { BegunUpload } from './begun-upload.ts';
import { readMultipart } from './read-multipart.ts';

/** The content alone; the rest is in the query and the headers. */
export async function uploadMedia(call: StorageCall, bucket: string): Promise<void> {
  const { 'content-type': contentType } = call.request.headers;
  const begun = beginUpload(call, bucket, contentType === undefined ? {} : { contentType });
  await write(call, begun, call.request);
}

/** The resource and the content in one body. */
export async function uploadMultipart(call: StorageCall, bucket: string): Promise<void> {
  const { 'content-type': type = '' } = call.request.headers;
  const { resource, contentType, content } = await readMultipart(call.request, type);
  const fields = { ...(contentType ? { contentType } : {}), ...parseResource(resource) };
  await write(call, beginUpload(call, bucket, fields), content);
}

async function write(
  call: StorageCall,
  { conditions, ...upload }: BegunUpload,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { store } = call;
  const content = await store.contents.write(body);
  try {
    writeObject(call, store.put({ ...upload, content }, conditions));
  } catch (error) {
    store.contents.remove(content.id);
    throw error;
  }
}
