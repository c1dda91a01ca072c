import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StorageSource } from './resource/build.ts';

/** Cloud Storage as a build uses it: over its API, as the worker of the real Cloud Build does. */
export class StorageCalls {
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  /** @throws Error in Cloud Storage's words */
  async download({ bucket = '', object, generation }: StorageSource, file: string): Promise<void> {
    const query = generation === undefined ? '' : `&generation=${generation}`;
    const place = `b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
    const response = await fetch(`${this.#url()}/storage/v1/${place}?alt=media${query}`);
    if (!response.ok || !response.body) throw await refusalOf(response);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
  }

  /** Makes the bucket when there is none. */
  async upload(project: string, place: { bucket: string; object: string }, text: string) {
    const { bucket, object } = place;
    const query = `uploadType=media&name=${encodeURIComponent(object)}`;
    const path = `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`;
    const put = async (): Promise<Response> =>
      fetch(`${this.#url()}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: text,
      });
    const response = await put();
    if (response.ok) return;
    if (response.status !== 404) throw await refusalOf(response);
    const made = await fetch(`${this.#url()}/storage/v1/b?project=${project}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: bucket }),
    });
    if (!made.ok && made.status !== 409) throw await refusalOf(made);
    const again = await put();
    if (!again.ok) throw await refusalOf(again);
  }
}

async function refusalOf(response: Response): Promise<Error> {
  const text = await response.text();
  const [, message] = /"message": "([^"]*)"/.exec(text) ?? [];
  return new Error(`Error ${response.status}: ${message ?? text.slice(0, 200)}`);
}
