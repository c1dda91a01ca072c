import type { NewRunEvent } from '../../../engine/run/run.ts';
import type { ControlDatabase } from '../control-database.ts';
import { toJson } from '../to-json.ts';

/** Payload: nothing. Work may be waiting, or a cancel was asked. */
export const QUEUE_CHANNEL = 'convergence_queue';

/** Payload: the ids of runs that have new events, with commas, or a `RunProgress` as JSON. */
export const RUNS_CHANNEL = 'convergence_runs';

export interface RunProgress {
  readonly runId: string;
  readonly event: NewRunEvent;
}

/** PostgreSQL's limit is 7,999 bytes. */
const MAX_PAYLOAD_BYTES = 7_999;
const MAX_IDS = 200;

/** Wakes the workers that wait, here and in other processes. */
export function ringQueue(database: ControlDatabase): Promise<void> {
  return database.notify(QUEUE_CHANNEL, '');
}

/** Tells those who follow one of the runs that there is something to read. */
export function tellFollowers(database: ControlDatabase, runIds: Iterable<string>): void {
  const ids = [...runIds];
  for (let at = 0; at < ids.length; at += MAX_IDS) {
    void database.notify(RUNS_CHANNEL, ids.slice(at, at + MAX_IDS).join(','));
  }
}

/** Shows a line to those who follow the run now; nothing keeps it. */
export function sendProgress(database: ControlDatabase, runId: string, event: NewRunEvent): void {
  const progress: RunProgress = { runId, event };
  const payload = toJson(progress);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) return;
  void database.notify(RUNS_CHANNEL, payload, `${runId} ${event.step}`);
}
