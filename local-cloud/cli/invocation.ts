import type { Command } from 'commander';
import type { Out } from 'base/terminal/out.ts';
import { findHome } from './find-home.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What a command needs of its process. */
export interface Cli {
  readonly env: Env;
  readonly folder: string;
  readonly openOut: (isJson: boolean) => Out;
}

/** One command as it was called. */
export interface Invocation {
  /** Of the state; absolute. */
  readonly home: string;
  readonly out: Out;
}

/** What commander calls: `act` gets the invocation, its arguments and its options. */
export function action(
  cli: Cli,
  act: (invocation: Invocation, ...args: never[]) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const { json, home } = command.optsWithGlobals<{ json?: boolean; home?: string }>();
    const out = cli.openOut(json === true);
    await act({ home: findHome(cli, home), out }, ...(args.slice(0, -1) as never[]));
  };
}
