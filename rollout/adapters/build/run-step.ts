import { fail } from '../../engine/error-codes.ts';
import type { RunCommand } from './run-command.ts';

export interface Step {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly input?: string;
}

export interface StepDeps {
  readonly run: RunCommand;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

const KEPT_LINES = 200;
const TOLD_LINES = 20;

/** The last lines of a program that succeeded. @throws build_failed with its last lines */
export async function runStep(
  step: Step,
  { run, onLine, signal }: StepDeps,
): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  const keep = (line: string) => {
    lines = [...lines, line].slice(-KEPT_LINES);
    onLine(line);
  };
  const { exitCode } = await run(step, { onLine: keep, signal });
  if (exitCode === 0) return lines;
  const what = `\`${step.program} ${step.args[0] ?? ''}\` ended with ${exitCode}`;
  throw buildFailed(what, lines);
}

export function buildFailed(what: string, lines: readonly string[], hint?: string): Error {
  return fail('build_failed', [`${what}:`, ...lines.slice(-TOLD_LINES)].join('\n'), { hint });
}
