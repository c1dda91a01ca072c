import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { NewRunEvent, RunEvent } from '../../../../engine/run/run.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';
import { BellListener } from '../queue/doorbell.ts';

/** Payload: the ids of runs that have new events, with commas, or a `RunProgress` as JSON. */
const RUNS_CHANNEL = 'convergence_runs';

interface RunProgress {
  readonly runId: string;
  readonly event: NewRunEvent;
}

/** Events after an id, and whether the run had ended when they were read: then they are all. */
export interface EventPage {
  readonly events: readonly RunEvent[];
  readonly complete: boolean;
}

export interface FollowOptions {
  readonly runId: string;
  readonly after: number;
  readonly signal: AbortSignal;
  readonly readPage: (scope: TenantScope, runId: string, after: number) => Promise<EventPage>;
}

/** PostgreSQL's limit is 7,999 bytes. */
const MAX_PAYLOAD_BYTES = 7_999;
const MAX_IDS = 200;
/** A notice can be lost with the process that would have sent it. */
const LOOK_AGAIN_MS = 2_000;
/** Of a follower that reads slowly; older ones are dropped. */
const MAX_PROGRESS_KEPT = 100;

/** Tells those who follow one of the runs that there is something to read. */
export function tellFollowers(database: ControlDatabase, runIds: Iterable<string>): void {
  const ids = [...runIds];
  for (let at = 0; at < ids.length; at += MAX_IDS) {
    database.notifySoon(RUNS_CHANNEL, ids.slice(at, at + MAX_IDS).join(','));
  }
}

/** Shows a line to those who follow the run now; nothing keeps it. */
export function sendProgress(database: ControlDatabase, runId: string, event: NewRunEvent): void {
  const progress: RunProgress = { runId, event };
  const payload = toJson(progress);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) return;
  database.notifySoon(RUNS_CHANNEL, payload, `${runId} ${event.step}`);
}

/** Stored events and, between them, progress lines, which carry the id of the event before. */
export async function* followEvents(
  database: ControlDatabase,
  scope: TenantScope,
  { runId, after, signal, readPage }: FollowOptions,
): AsyncGenerator<RunEvent> {
  const progress: RunProgress['event'][] = [];
  let stop: (() => Promise<void>) | undefined;
  const bell = new BellListener(async (onNotice) => {
    stop = await database.listen(RUNS_CHANNEL, (payload) => {
      if (payload !== '' && !payload.includes(runId)) return;
      if (payload.startsWith('{')) keepNewest(progress, JSON.parse(payload) as RunProgress, runId);
      onNotice(payload);
    });
  });
  try {
    let last = after;
    while (!signal.aborted) {
      await bell.reset();
      const { events, complete } = await readPage(scope, runId, last);
      for (const event of events) {
        yield event;
        last = event.id;
      }
      if (complete) return;
      for (const line of progress.splice(0)) yield { ...line, id: last, at: new Date() };
      if (events.length === 0) await bell.wait(LOOK_AGAIN_MS, signal);
    }
  } finally {
    await stop?.();
  }
}

function keepNewest(kept: RunProgress['event'][], progress: RunProgress, runId: string): void {
  if (progress.runId !== runId) return;
  kept.push(progress.event);
  if (kept.length > MAX_PROGRESS_KEPT) kept.shift();
}
