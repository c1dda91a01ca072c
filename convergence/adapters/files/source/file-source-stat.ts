import { stat } from 'node:fs/promises';

export interface FileFacts {
  readonly sizeBytes: number;
  /** Other when the file was changed; in nanoseconds, or two quick changes would look like none. */
  readonly fingerprint: string;
}

/** Null for what is no file, or not there. */
export async function statFile(path: string): Promise<FileFacts | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (!found?.isFile()) return null;
  return { sizeBytes: Number(found.size), fingerprint: `${found.size}-${found.mtimeNs}` };
}
