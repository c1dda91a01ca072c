import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQueryError } from '../bigquery-error.ts';
import type { Job } from '../job/job.ts';
import type { JobDeps } from '../job/running-job.ts';
import type { ObjectStore } from '../../storage/store/object-store.ts';

export interface SourceFile {
  readonly path: string;
  /** As messages name it. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** What a load job reads: the file that came with it, or objects, which are files only until the end of `act`. */
export async function withSources<T>(
  { objects, uploadOf }: JobDeps,
  job: Job,
  act: (files: readonly SourceFile[]) => Promise<T>,
): Promise<T> {
  const { sourceUris } = job.configuration.load as { readonly sourceUris?: readonly string[] };
  if (!sourceUris || sourceUris.length === 0) {
    const path = uploadOf(job);
    if (!existsSync(path))
      throw new BigQueryError(
        'required',
        'Load configuration must specify at least one source URI',
      );
    const { size } = await stat(path);
    return act([{ path, name: 'upload', sizeBytes: size }]);
  }
  const folder = await mkdtemp(join(tmpdir(), 'local-cloud-load-'));
  try {
    const files: SourceFile[] = [];
    for (const uri of sourceUris) files.push(...(await fetchObjects(objects, uri, folder)));
    return await act(files);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fetchObjects(
  objects: ObjectStore,
  uri: string,
  folder: string,
): Promise<SourceFile[]> {
  const { bucket, name } = parseUri(uri);
  const star = name.indexOf('*');
  const from = star === -1 ? name : name.slice(0, star);
  const to = star === -1 ? null : name.slice(star + 1);
  const files: SourceFile[] = [];
  for (const { name: found } of iterate(objects, bucket, from)) {
    if (!found.startsWith(from)) break;
    if (to === null ? found !== name : !found.slice(from.length).endsWith(to)) continue;
    const path = join(folder, randomUUID());
    const source = objects.pathOf({ bucket, name: found });
    // The next write of the object may remove it, so that it is taken under a name of our own.
    await link(source, path).catch(() => copyFile(source, path));
    files.push({ path, name: `gs://${bucket}/${found}`, sizeBytes: (await stat(path)).size });
  }
  if (files.length === 0) throw new BigQueryError('notFound', `Not found: URI ${uri}`);
  return files;
}

function iterate(objects: ObjectStore, bucket: string, from: string) {
  try {
    objects.buckets.require(bucket);
  } catch {
    throw new BigQueryError('notFound', `Not found: Bucket ${bucket}`);
  }
  return objects.iterate({ bucket, from, after: '', to: null });
}

export function parseUri(uri: string): { readonly bucket: string; readonly name: string } {
  const [, bucket, name] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket !== undefined && name !== undefined && name.split('*').length <= 2)
    return { bucket, name };
  throw new BigQueryError(
    'invalid',
    `Invalid source URI: ${uri}. Expected gs://bucket/object with at most one *.`,
  );
}
