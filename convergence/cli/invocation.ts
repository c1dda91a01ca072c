import type { Command } from 'commander';
import type { Out } from 'base/terminal/out.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Options that every command takes, and `tenant`, which many do. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly url?: string;
  readonly apiKey?: string;
  readonly adminKey?: string;
  readonly tenant?: string;
}

/** What a command needs of its process. */
export interface Cli {
  readonly env: Env;
  readonly openOut: (isJson: boolean) => Out;
  readonly exitWith: (code: number) => void;
}

/** One command as it was called. */
export interface Invocation {
  readonly env: Env;
  readonly options: GlobalOptions;
  readonly out: Out;
}

/** What commander calls: `act` gets the invocation, its arguments, its options; gives an exit code. */
export function action(
  cli: Cli,
  act: (invocation: Invocation, ...args: never[]) => Promise<number | void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const options = (args.at(-1) as Command).optsWithGlobals<GlobalOptions>();
    const out = cli.openOut(options.json === true);
    const code = await act({ env: cli.env, options, out }, ...(args.slice(0, -1) as never[]));
    if (code !== undefined) cli.exitWith(code);
  };
}
