import type { TenantHistory } from '../../tenant/offboard/tenant-tables.ts';
import type { HistoryTableName } from './history-table.ts';

/** Runs that ended, with all that is known of them. */
export interface HistoryBatch {
  readonly runIds: readonly string[];
  /** Newline-delimited JSON by the columns of HISTORY_TABLES; empty for a table without rows. */
  readonly rows: Readonly<Record<HistoryTableName, string>>;
}

/** Where ended runs wait until they are mirrored. */
export interface HistoryFeed {
  /** The oldest that are not mirrored, without tenants that are leaving. */
  readUnmirrored(limit: number): Promise<HistoryBatch>;
  markMirrored(runIds: readonly string[]): Promise<void>;
}

/** The dataset `metadata` of the warehouse. */
export interface HistoryMirror extends TenantHistory {
  /** Replaces what it holds of these runs, all of it or nothing: the same batch may come again. */
  write(batch: HistoryBatch): Promise<void>;
}

export interface MirrorDeps {
  readonly history: HistoryFeed;
  readonly mirror: HistoryMirror;
}

const BATCH = 500;

/**
 * Copies the history of runs that ended into the warehouse, and gives their number. Whoever dies in
 * between writes the same runs again, which changes nothing.
 */
export async function mirrorHistory({ history, mirror }: MirrorDeps): Promise<number> {
  let mirrored = 0;
  for (;;) {
    const batch = await history.readUnmirrored(BATCH);
    if (batch.runIds.length === 0) return mirrored;
    await mirror.write(batch);
    await history.markMirrored(batch.runIds);
    mirrored += batch.runIds.length;
  }
}
