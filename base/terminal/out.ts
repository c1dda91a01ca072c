import { createStyle } from './style.ts';
import type { Style } from './style.ts';

/** Where a command's words go: people read lines, with `--json` machines read documents. */
export interface Out {
  /** With `--json`, standard output carries what `json` writes and nothing else. */
  readonly isJson: boolean;
  /** Lines may be drawn over: a terminal, and not the log of a CI. */
  readonly isLive: boolean;
  /** Infinity where nothing is cut: in a pipe or a file. */
  readonly width: number;
  readonly height: number;
  readonly style: Style;
  /** A line for people, on standard output. */
  line(text?: string): void;
  /** A JSON document on one line of standard output; only with `--json`. */
  json(value: unknown): void;
  /** A line on standard error: errors, and words around an answer that may be piped on. */
  note(text: string): void;
  /** As it is, for drawing over what was drawn. */
  raw(text: string): void;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The standard streams of this process; NO_COLOR (no-color.org) and CI are respected. */
export function openOut(isJson: boolean, env: Env): Out {
  const { stdout, stderr } = process;
  const isLive = stdout.isTTY && !isJson && !env.CI && env.TERM !== 'dumb';
  const style = createStyle(stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb');
  return {
    isJson,
    isLive,
    get width() {
      return stdout.isTTY ? stdout.columns || 80 : Number(env.COLUMNS) || Infinity;
    },
    get height() {
      return stdout.rows || 24;
    },
    style,
    line: (text = '') => void (isJson || stdout.write(`${text}\n`)),
    json: (value) => void (isJson && stdout.write(`${JSON.stringify(value)}\n`)),
    note: (text) => void stderr.write(`${text}\n`),
    raw: (text) => void (isJson || stdout.write(text)),
  };
}

/** One answer, to machines as it is, to people as lines. */
export function answer<T>(out: Out, value: T, render: (value: T) => readonly string[]): void {
  if (out.isJson) return out.json(value);
  for (const line of render(value)) out.line(line);
}
