import { inspect } from 'node:util';
import type { AppError } from '../error.ts';
import type { Style } from './style.ts';

export interface ErrorFrame {
  readonly style: Style;
  readonly showCauses: boolean;
  /** What belongs between the error and its hint, such as mistakes with their places. */
  readonly details?: readonly string[];
}

/** `error: … [code]`, then details that the message does not tell, `hint: …`, causes if asked. */
export function renderError(error: AppError, { style, showCauses, details }: ErrorFrame): string[] {
  const lines = [`${style.bad('error:')} ${error.message} ${style.faint(`[${error.code}]`)}`];
  for (const line of details ?? []) if (!error.message.includes(line)) lines.push(`  ${line}`);
  if (error.hint !== undefined) lines.push(`${style.warn('hint:')} ${error.hint}`);
  if (showCauses) for (const cause of causesOf(error)) lines.push(style.faint(`cause: ${cause}`));
  return lines;
}

function causesOf({ cause }: Error): string[] {
  if (cause === undefined) return [];
  if (!(cause instanceof Error)) return [inspect(cause)];
  return [cause.stack ?? String(cause), ...causesOf(cause)];
}
