import type { SourceState } from '../../../engine/flow/source.ts';

export interface FoundFile {
  /** Path as a person writes it, relative to the folder of the tenant. */
  readonly label: string;
  /** Size and time of the last change. */
  readonly fingerprint: string;
}

export interface FileNews<File extends FoundFile> {
  /** What to load; empty: nothing is new. */
  readonly files: readonly File[];
  readonly state: SourceState;
}

export interface LoadMode {
  /** The table becomes what the files are. */
  readonly isReplace: boolean;
  /** Load all files each time. */
  readonly isAll: boolean;
}

/**
 * Which files a load reads. A changed file is read whole: nobody knows which rows in it are new. A
 * file that is gone stays known, so that it is not loaded again when it comes back; a table that is
 * replaced is read anew from all files when any was added, changed or removed.
 */
export function decideNews<File extends FoundFile>(
  found: readonly File[],
  state: SourceState | null,
  { isReplace, isAll }: LoadMode,
): FileNews<File> {
  const known = knownFiles(state);
  const now = Object.fromEntries(found.map(({ label, fingerprint }) => [label, fingerprint]));
  const changed = found.filter(({ label, fingerprint }) => known[label] !== fingerprint);
  const isGone = isReplace && Object.keys(known).some((label) => !Object.hasOwn(now, label));
  const files = isAll || (isReplace && (changed.length > 0 || isGone)) ? found : changed;
  return { files, state: { files: isReplace ? now : { ...known, ...now } } };
}

/** Fingerprints of the files of earlier loads by path. */
export function knownFiles(state: SourceState | null): Readonly<Record<string, string>> {
  return (state?.['files'] ?? {}) as Record<string, string>;
}
