import type { LogEvent } from '../../server/api/contract/run/run-log.ts';
import { formatBytes, formatCount } from 'base/terminal/amount.ts';
import type { Style } from 'base/terminal/style.ts';
import { plain } from 'base/terminal/text-width.ts';

/** `12:00:01  flights  what happened`; the time is UTC. */
export function renderLogLine(event: LogEvent, style: Style): string {
  const paint = { info: (text: string) => text, warn: style.warn, error: style.bad }[event.level];
  const text = event.kind === 'progress' ? progressText(event) : plain(event.message);
  const step = event.step === null ? '' : `${style.strong(plain(event.step))}  `;
  return `${style.faint(event.at.slice(11, 19))}  ${step}${paint(text)}`;
}

function progressText({ detail }: LogEvent): string {
  const rows = typeof detail.rows === 'number' ? `, ${formatCount(detail.rows)} rows` : '';
  const bytes = typeof detail.bytes === 'number' ? `, ${formatBytes(detail.bytes)}` : '';
  return plain(`${String(detail.resource)}: ${String(detail.phase)}${rows}${bytes}`);
}
