import { LiveArea } from 'base/terminal/live-area.ts';
import type { Out } from 'base/terminal/out.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import type { Followed } from './follow-journal.ts';
import { createEntryTeller } from '../render/entry-line.ts';
import { renderProgress } from '../render/progress-line.ts';
import { rolloutDocument } from '../render/rollout-document.ts';
import { renderRolloutScreen } from '../render/rollout-screen.ts';
import { renderOutcome } from '../render/outcome-lines.ts';

const REDRAW_MS = 200;
/** Where lines cannot be drawn over, progress is told this seldom. */
const PLAIN_PROGRESS_MS = 10_000;

/**
 * Shows a rollout until its records end, then what it came to; with `--json` each record is a line
 * and the last is `{"kind": "end", "rollout": …}`. Gives the last state, whatever it is.
 */
export async function showRollout(
  records: AsyncIterable<Followed>,
  out: Out,
): Promise<RolloutState | null> {
  const last = await (out.isLive ? drawLive(records, out) : writePlain(records, out));
  if (last === null) return null;
  if (out.isJson) out.json({ kind: 'end', rollout: rolloutDocument(last) });
  else for (const line of renderOutcome(last, out.style)) out.line(line);
  return last;
}

async function drawLive(records: AsyncIterable<Followed>, out: Out): Promise<RolloutState | null> {
  let state: RolloutState | null = null;
  const tell = createEntryTeller(out.style);
  const area = new LiveArea(out);
  const draw = () => {
    const frame = { width: out.width, nowMs: Date.now(), style: out.style };
    if (state) area.draw(renderRolloutScreen(state, frame));
  };
  const timer = setInterval(draw, REDRAW_MS);
  try {
    for await (const followed of records) {
      state = followed.state;
      const line = tell(followed.entry, state);
      if (line !== null) area.keep(line);
      draw();
    }
  } finally {
    clearInterval(timer);
    area.close();
  }
  return state;
}

async function writePlain(
  records: AsyncIterable<Followed>,
  out: Out,
): Promise<RolloutState | null> {
  let last: RolloutState | null = null;
  let toldAtMs = 0;
  const tell = createEntryTeller(out.style);
  for await (const { entry, state } of records) {
    last = state;
    out.json(entry);
    const line = tell(entry, state);
    if (line !== null) out.line(line);
    if (entry.kind !== 'observed' || Date.parse(entry.at) - toldAtMs < PLAIN_PROGRESS_MS) continue;
    toldAtMs = Date.parse(entry.at);
    out.line(renderProgress(state, out.style));
  }
  return last;
}
