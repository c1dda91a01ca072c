import type { StatusDetail } from '../protocol/status-error.ts';

/** google.longrunning.Operation in JSON. */
export interface WireOperation {
  readonly name: string;
  readonly metadata?: StatusDetail;
  /** Absent: it still runs. */
  readonly done?: boolean;
  readonly response?: StatusDetail;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A product's long-running operations. */
export interface OperationSource {
  /** Undefined: it is not one of this product. */
  get(name: string): WireOperation | undefined;
  /** Those below `parent`, such as `projects/p/locations/r`, the oldest first. */
  list(parent: string): readonly WireOperation[];
  /** Resolves when the operation is done or the signal is aborted. */
  wait(name: string, signal: AbortSignal): Promise<void>;
  /** Absent: no operation of this product can be cancelled. */
  cancel?(name: string): void;
  /** Absent: operations of this product are kept. */
  forget?(name: string): void;
}
