/** A program that runs to its end; given by whoever wires, as `shell/run-command.ts` has it. */
export type RunCommand = (
  command: {
    readonly program: string;
    readonly args: readonly string[];
    readonly folder: string;
    readonly input?: string;
  },
  options: { readonly onLine: (line: string) => void; readonly signal?: AbortSignal },
) => Promise<{ readonly exitCode: number }>;
