import { AppError, exitCodeOf } from 'base/error.ts';
import { renderError } from 'base/terminal/error-lines.ts';
import { explainUsage } from 'base/terminal/explain-usage.ts';
import { Interrupted } from 'base/terminal/interrupt.ts';
import type { Out } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { CommanderError } from 'commander';
import { fail } from '../engine/error-codes.ts';
import type { Env } from './invocation.ts';
import { buildProgram } from './program.ts';

export interface Terminal {
  readonly env: Env;
  readonly folder: string;
  readonly openOut: (isJson: boolean) => Out;
  /** Of standard error, which may go elsewhere than standard output. */
  readonly errorStyle: Style;
}

/** One command from its arguments to its exit code, its error told. Throws nothing. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const { env, folder, openOut } = terminal;
  let exitCode = 0;
  try {
    const cli = { env, folder, openOut, exitWith: (code: number) => void (exitCode = code) };
    await buildProgram(cli).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Called without a command: the help was shown.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    if (error instanceof Interrupted) return error.exitCode;
    const known = translate(error);
    const frame = { style: terminal.errorStyle, showCauses: args.includes('--debug') };
    for (const line of renderError(known, frame)) openOut(false).note(line);
    return exitCodeOf(known.kind);
  }
}

function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CommanderError) {
    const { what, hint } = explainUsage(error.message);
    return fail('flag_invalid', what, { hint });
  }
  const message = error instanceof Error ? error.message : String(error);
  return fail('internal', `Something that nobody foresaw: ${message}`, {
    hint: 'Run it again with --debug and report what it shows.',
    cause: error,
  });
}
