import type { SourceSpec } from '../pipeline/spec/source-spec.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { SaveParts } from './extract/parts/part-store.ts';
import type { Part } from './part.ts';

/** What a source remembers between loads (cursor, known files); committed with the rows. */
export type SourceState = Readonly<Record<string, unknown>>;

export interface ExtractRequest {
  /** Secrets and parameters are already in place. */
  readonly source: SourceSpec;
  readonly resource: string;
  /** As published by the last load; null on the first. */
  readonly state: SourceState | null;
  /**
   * Where parts and the checkpoint go; exists, and belongs to this run, step and resource alone.
   * Found with content after a crash: the extraction goes on behind the last whole page.
   */
  readonly folder: string;
  /**
   * For sources that go on from a checkpoint: called with each one, before more is asked for. Those
   * that can read everything again need not.
   */
  readonly save?: SaveParts;
  /** Extractions of the resources that this one depends on, by name. */
  readonly parents: Readonly<Record<string, Extraction>>;
  /** For `check` and `preview`: no more than this many pages; a source without pages ignores it. */
  readonly maxPages?: number;
  readonly signal: AbortSignal;
  onProgress(progress: ExtractProgress): void;
  /** What a person should know although the extraction goes on: a request that is sent again. */
  readonly onNotice?: (message: string) => void;
}

export interface ExtractProgress {
  /** Records so far, where the source counts them; null for files. */
  readonly rows: number | null;
  readonly bytes: number;
  readonly parts: number;
}

export interface Extraction {
  readonly parts: readonly Part[];
  /** The state to commit with the rows. */
  readonly state: SourceState;
  /**
   * True: nothing is new, so nothing is published and the table stays as it is. An empty `parts`
   * without it is a real, empty result (which a `replace` publishes).
   */
  readonly unchanged: boolean;
}

export interface Preview {
  /** Columns with inferred types as text. */
  readonly columns: readonly { name: string; type: string }[];
  readonly rows: readonly Record<string, unknown>[];
}

/** A kind of source. */
export interface Source {
  /** Names of the resources in the order in which they must be extracted, with their parents. */
  resources(source: SourceSpec): readonly { name: string; parents: readonly string[] }[];
  /** @throws source_*, file_*, cursor_value_missing, AbortError by signal.reason */
  extract(scope: TenantScope, request: ExtractRequest): Promise<Extraction>;
  /**
   * Asked once the parts were read and before they are published: are they still what was extracted?
   * @throws file_changed
   */
  confirm?(extraction: Extraction): Promise<void>;
}
