import { existsSync } from 'node:fs';
import { AppError, exitCodeOf } from 'base/error.ts';
import { CommanderError } from 'commander';
import { fail } from '../engine/error-codes.ts';
import { Interrupted } from './invocation.ts';
import { buildProgram } from './program.ts';
import { renderError } from './render/error-lines.ts';
import { createStyle } from './render/style.ts';

/** The command line, from its arguments to its exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (process.env.ENVIRONMENT !== 'production' && existsSync('.env')) process.loadEnvFile('.env');
  let exitCode = 0;
  try {
    const cli = { env: process.env, exitWith: (code: number) => void (exitCode = code) };
    await buildProgram(cli).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Called without a command: the help was shown.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    if (error instanceof Interrupted) return error.exitCode;
    return tell(error, args);
  }
}

function tell(error: unknown, args: readonly string[]): number {
  const { stderr, env } = process;
  const known = translate(error);
  const style = createStyle(stderr.isTTY && !env.NO_COLOR);
  const frame = { style, showCauses: args.includes('--debug') };
  for (const line of renderError(known, frame)) stderr.write(`${line}\n`);
  return exitCodeOf(known.kind);
}

function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CommanderError) return translateUsage(error);
  const message = error instanceof Error ? error.message : String(error);
  return fail('internal', `Something that nobody foresaw: ${message}`, {
    hint: 'Run it again with --debug and report what it shows.',
    cause: error,
  });
}

/** commander's text is `error: …` and on a second line perhaps `(Did you mean …?)`. */
function translateUsage({ message }: CommanderError): AppError {
  const [what = '', nearest] = message.replace(/^error: /, '').split('\n');
  const hint = nearest?.replace(/^\((.*)\)$/, '$1') ?? '`--help` shows what a command takes.';
  return fail('request_invalid', what, { hint });
}

// Whoever reads us has read enough, as `| head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// The embedded database sets the exit code of its own when it closes; ours is the last word.
const exitCode = await main(process.argv.slice(2));
process.on('exit', () => (process.exitCode = exitCode));
process.exitCode = exitCode;
