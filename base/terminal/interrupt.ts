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
