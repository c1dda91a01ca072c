import type { Command } from 'commander';
import type { Out } from './out.ts';

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

/** Why a signal of `listenForInterrupt` was aborted. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(name: 'SIGINT' | 'SIGTERM') {
    super(name);
    this.exitCode = name === 'SIGINT' ? 130 : 143;
  }
}

/** Ctrl-C or SIGTERM aborts the signal, so that the command can end well; the second ends it now. */
export function listenForInterrupt(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const interrupted = new Interrupted(name);
      if (abort.signal.aborted) process.exit(interrupted.exitCode);
      abort.abort(interrupted);
    });
  }
  return abort.signal;
}
