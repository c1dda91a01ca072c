import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { cut, plain, widthOf } from 'base/terminal/text-width.ts';

/**
 * A problem as `file:line:column: …`, and on a terminal its line of the file with a caret under the
 * place.
 */
export function renderProblem(
  problem: Problem,
  text: string | undefined,
  { width, style }: TableFrame,
): string[] {
  const line = text?.split(/\r?\n/)[problem.line - 1];
  if (line === undefined || line.trim() === '' || width === Infinity)
    return [formatProblem(problem)];
  const gutter = `${String(problem.line).padStart(4)} | `;
  const room = width - gutter.length;
  const before = plain(line.slice(0, problem.column - 1));
  // Far to the right the line is shown from shortly before the place.
  const from = widthOf(before) < room - 20 ? 0 : before.length - 20;
  const excerpt = cut(plain(line.slice(from)), room);
  const caret = ' '.repeat(gutter.length + widthOf(before.slice(from)));
  return [formatProblem(problem), `${style.faint(gutter)}${excerpt}`, `${caret}${style.bad('^')}`];
}
