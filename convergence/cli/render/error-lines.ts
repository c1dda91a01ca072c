import { inspect } from 'node:util';
import type { AppError } from 'base/error.ts';
import { formatProblem } from '../../engine/pipeline/problem.ts';
import { fileProblemsOf } from '../client/answer-error.ts';
import type { Style } from './style.ts';

export interface ErrorFrame {
  readonly style: Style;
  readonly showCauses: boolean;
}

/** `error: … [code]`, then the problems of files, `hint: …`, and with --debug the causes. */
export function renderError(error: AppError, { style, showCauses }: ErrorFrame): string[] {
  const lines = [`${style.bad('error:')} ${error.message} ${style.faint(`[${error.code}]`)}`];
  for (const problem of fileProblemsOf(error)) {
    const line = formatProblem(problem);
    if (!error.message.includes(line)) lines.push(`  ${line}`);
  }
  if (error.hint !== undefined) lines.push(`${style.warn('hint:')} ${error.hint}`);
  if (showCauses) for (const cause of causesOf(error)) lines.push(style.faint(`cause: ${cause}`));
  return lines;
}

function causesOf({ cause }: Error): string[] {
  if (cause === undefined) return [];
  if (!(cause instanceof Error)) return [inspect(cause)];
  return [cause.stack ?? String(cause), ...causesOf(cause)];
}
