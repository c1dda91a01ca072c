import type { SourceState } from '../../source.ts';

export interface FoundFile {
  /** As a person writes it: the path in the folder of the tenant, or the URI of an object. */
  readonly label: string;
  /** Another one when it was changed: size and time, or the version of an object. */
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
