import type { Out } from '../../convergence/cli/out.ts';
import { createStyle } from '../../convergence/cli/render/style.ts';
import { runCli } from '../../convergence/cli/run-cli.ts';

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command in this process: what a person without a terminal of colours would see of it. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const told = { stdout: '', stderr: '' };
  const openOut = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: 120,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (told.stdout += isJson ? '' : `${text}\n`),
    json: (value) => void (told.stdout += isJson ? `${JSON.stringify(value)}\n` : ''),
    note: (text) => void (told.stderr += `${text}\n`),
    raw: (text) => void (told.stdout += text),
  });
  const code = await runCli(args, { env, openOut, errorStyle: createStyle(false) });
  return { code, ...told };
}
