import type { Style } from 'base/terminal/style.ts';

/** Something that was examined. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** The command, or the change, that mends it. */
  readonly mend?: string;
}

export function renderFinding({ name, state, message, mend }: Finding, style: Style): string[] {
  const paint = { ok: style.good, warn: style.warn, fail: style.bad }[state];
  const line = `${paint(state.padEnd(4))}  ${name}: ${message}`;
  return mend === undefined ? [line] : [line, `      mend: ${mend}`];
}

/** 1 when something fails. */
export function exitCodeOfFindings(findings: readonly Finding[]): number {
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
}
