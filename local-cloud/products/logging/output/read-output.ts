import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the data plane, into which one instance writes. */
export interface OutputFile {
  readonly path: string;
  readonly project: string;
  readonly region: string;
  readonly service: string;
  readonly revision: string;
  readonly instance: string;
}

export interface OutputLine {
  readonly text: string;
  /** Of its first byte in the file. */
  readonly at: number;
}

export interface Output {
  readonly lines: readonly OutputLine[];
  /** Up to where whole lines were read. */
  readonly end: number;
  /** When the file was last written. */
  readonly writtenAt: Date;
}

const MAX_BYTES = 8 * 1024 ** 2;

/** Of all services under `folder`: `{key}/{revision}/{instance}.log`. */
export function findOutput(folder: string): readonly OutputFile[] {
  return listFolder(folder).flatMap((key) => {
    const [project = '', region = '', service = ''] = decodeURIComponent(key).split('/');
    return listFolder(join(folder, key)).flatMap((revision) =>
      listFolder(join(folder, key, revision))
        .filter((file) => file.endsWith('.log'))
        .map((file) => ({
          path: join(folder, key, revision, file),
          project,
          region,
          service,
          revision,
          instance: file.slice(0, -'.log'.length),
        })),
    );
  });
}

/** The whole lines behind `from`; a file that has become shorter is read anew. */
export function readOutput(path: string, from: number): Output {
  const { size, mtime } = statSync(path);
  const start = size < from ? 0 : from;
  const buffer = Buffer.alloc(Math.min(size - start, MAX_BYTES));
  const descriptor = openSync(path, 'r');
  readSync(descriptor, buffer, 0, buffer.length, start);
  closeSync(descriptor);
  const lines: OutputLine[] = [];
  let at = 0;
  for (let end = buffer.indexOf(10, at); end !== -1; end = buffer.indexOf(10, at)) {
    const text = buffer.toString('utf8', at, end);
    if (text.trim() !== '') lines.push({ text, at: start + at });
    at = end + 1;
  }
  return { lines, end: start + at, writtenAt: mtime };
}

function listFolder(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}
