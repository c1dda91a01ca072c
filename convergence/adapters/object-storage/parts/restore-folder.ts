import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hashFile } from '../hash-file.ts';
import { RECORDS } from './bucket-folder.ts';
import type { BucketPlace, FoundRecord } from './bucket-folder.ts';
import { totalBytes } from './save-record.ts';
import type { SavedPart, SaveRecord } from './save-record.ts';

/** The newest save of a folder. @throws object_changed when a newer one comes meanwhile */
export async function findNewest({ store, uri, path }: BucketPlace): Promise<FoundRecord | null> {
  let newest;
  for await (const found of store.list(uri + RECORDS)) newest = found;
  if (!newest) return null;
  const file = join(path, 'found');
  // Of a process that was killed, and of another save.
  await rm(`${file}.partial`, { force: true });
  await store.download(newest, file);
  const record = JSON.parse(await readFile(file, 'utf8')) as SaveRecord;
  await rm(file);
  return { uri: newest.uri, number: Number(newest.uri.slice(-12)), record };
}

/**
 * Makes the local folder what was saved, and nothing else: another machine may have gone on since
 * this one last had it. Parts that are there and have the saved content are not fetched.
 * @throws object_changed, object_damaged
 */
export async function restoreFolder(
  place: BucketPlace,
  record: Pick<SaveRecord, 'checkpoint' | 'parts'>,
): Promise<void> {
  const { path } = place;
  const wanted = new Set(record.parts.map(({ name }) => name));
  for (const name of await readdir(path)) {
    if (!wanted.has(name)) await rm(join(path, name), { recursive: true });
  }
  for (const part of record.parts) {
    if (!(await holdsSaved(join(path, part.name), part))) await fetchPart(place, part);
  }
  const { checkpoint } = record;
  if (!checkpoint) return;
  await writeFile(join(path, 'checkpoint.next'), checkpoint.content, { mode: 0o600 });
  await rename(join(path, 'checkpoint.next'), join(path, checkpoint.name));
}

async function holdsSaved(file: string, { slices }: SavedPart): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (!found || found.size < totalBytes(slices)) return false;
  let from = 0;
  for (const { sizeBytes, crc32c } of slices) {
    const to = from + sizeBytes;
    if ((await hashFile(file, 'crc32c', { from, to })) !== crc32c) return false;
    from = to;
  }
  return true;
}

/** A slice is checked against its checksum before it is added. */
async function fetchPart({ store, path }: BucketPlace, { name, slices }: SavedPart): Promise<void> {
  const [whole, slice] = [join(path, 'restored'), join(path, 'slice')];
  await writeFile(whole, '', { mode: 0o600 });
  for (const saved of slices) {
    await rm(`${slice}.partial`, { force: true });
    await store.download(saved, slice);
    await pipeline(createReadStream(slice), createWriteStream(whole, { flags: 'a' }));
    await rm(slice);
  }
  await rename(whole, join(path, name));
}
