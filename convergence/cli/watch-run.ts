import type { LogEvent } from '../server/api/contract/run/run-log.ts';
import type { RunDetailAnswer } from '../server/api/contract/run/run.ts';
import type { ApiClient } from './client/api-client.ts';
import { followLog } from './client/follow-log.ts';
import type { Out } from 'base/terminal/out.ts';
import { LiveArea } from 'base/terminal/live-area.ts';
import { renderLogLine } from './render/log-line.ts';
import { renderRunScreen } from './render/run-screen.ts';
import { renderRunSummary } from './render/run-summary.ts';
import { showEvent, viewRun } from './render/run-view.ts';
import type { PlannedStep, RunView } from './render/run-view.ts';

const REDRAW_MS = 100;
/** Where lines cannot be drawn over, progress is told this seldom. */
const PLAIN_PROGRESS_MS = 5_000;

export interface Watch {
  readonly out: Out;
  readonly signal: AbortSignal;
}

/**
 * Shows a run until it has ended and then its summary; with `--json` every event on a line and the
 * run in the last. Returns the run, whatever its end.
 */
export async function watchRun(
  client: ApiClient,
  runId: string,
  watch: Watch,
): Promise<RunDetailAnswer> {
  const { out } = watch;
  const { pipeline_id } = await client.getRun(runId);
  const planned = await plannedSteps(client, pipeline_id);
  const refresh = async (seen?: RunView) => viewRun(await client.getRun(runId), planned, seen);
  const events = followLog(client, runId, watch.signal);
  await (out.isLive ? drawLive(events, refresh, out) : writePlain(events, out));
  const run = await client.getRun(runId);
  if (out.isJson) out.json({ kind: 'end', run });
  else for (const line of renderRunSummary(run, out)) out.line(line);
  return run;
}

/** The steps in the config of today, which may be gone while its run is still to be seen. */
async function plannedSteps(client: ApiClient, pipelineId: string): Promise<PlannedStep[]> {
  return client.getPipeline(pipelineId).then(
    ({ steps }) => steps,
    () => [],
  );
}

async function drawLive(
  events: AsyncIterable<LogEvent>,
  refresh: (seen?: RunView) => Promise<RunView>,
  out: Out,
): Promise<void> {
  let view = await refresh();
  const area = new LiveArea(out);
  const draw = () => {
    const frame = { ...sizeOf(out), nowMs: Date.now(), style: out.style };
    area.draw(renderRunScreen(view, frame));
  };
  const timer = setInterval(draw, REDRAW_MS);
  try {
    for await (const event of events) {
      view = event.kind === 'state' ? await refresh(view) : showEvent(view, event);
      if (event.kind === 'log' && event.level !== 'info')
        area.keep(renderLogLine(event, out.style));
    }
  } finally {
    clearInterval(timer);
    area.close();
  }
}

/** The last line stays free, or the terminal would scroll. */
function sizeOf(out: Out): { width: number; height: number } {
  return { width: out.width, height: out.height - 1 };
}

async function writePlain(events: AsyncIterable<LogEvent>, out: Out): Promise<void> {
  const toldAtMs = new Map<string, number>();
  for await (const event of events) {
    if (out.isJson) {
      out.json(event);
    } else if (event.kind !== 'progress' || isDue(event, toldAtMs)) {
      out.line(renderLogLine(event, out.style));
    }
  }
}

function isDue({ at, step, detail }: LogEvent, toldAtMs: Map<string, number>): boolean {
  const key = `${step}/${String(detail.resource)}/${String(detail.phase)}`;
  const nowMs = Date.parse(at);
  if (nowMs - (toldAtMs.get(key) ?? 0) < PLAIN_PROGRESS_MS) return false;
  toldAtMs.set(key, nowMs);
  return true;
}
