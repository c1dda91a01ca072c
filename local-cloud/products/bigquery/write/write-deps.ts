import type { BigQueryStore } from '../store/bigquery-store.ts';
import type { StreamStore } from './stream-store.ts';

export interface WriteDeps {
  readonly store: BigQueryStore;
  readonly streams: StreamStore;
  readonly now: () => Date;
}

/** https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1#storageerrorcode */
export type StorageErrorCode =
  | 'STREAM_ALREADY_COMMITTED'
  | 'STREAM_NOT_FOUND'
  | 'INVALID_STREAM_TYPE'
  | 'INVALID_STREAM_STATE'
  | 'STREAM_FINALIZED'
  | 'OFFSET_ALREADY_EXISTS'
  | 'OFFSET_OUT_OF_RANGE';
