import type { Command } from 'commander';
import type { Out } from 'base/terminal/out.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** What a command needs of its process. */
export interface Cli {
  readonly env: Env;
  readonly folder: string;
  readonly openOut: (isJson: boolean) => Out;
  readonly exitWith: (code: number) => void;
}

/** One command as it was called. */
export interface Invocation {
  readonly env: Env;
  /** Where it was called. */
  readonly folder: string;
  readonly options: GlobalOptions;
  readonly out: Out;
}

/** What commander calls: `act` gets the invocation, its arguments, its options; gives an exit code. */
export function action(
  cli: Cli,
  act: (invocation: Invocation, ...args: never[]) => Promise<number | void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions>();
    const { env, folder } = cli;
    const out = cli.openOut(options.json === true);
    const code = await act({ env, folder, options, out }, ...(args.slice(0, -1) as never[]));
    if (code !== undefined) cli.exitWith(code);
  };
}
