import type { Out } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { runCli } from './run-cli.ts';

/** The command line in this process, without the second that a process of its own takes to start. */
export async function callCli(...args: string[]) {
  return await callCliIn({}, ...args);
}

/** The same with these environment variables. */
export async function callCliIn(env: Readonly<Record<string, string>>, ...args: string[]) {
  let [stdout, stderr] = ['', ''];
  const openOut = (isJson: boolean): Out => ({
    isJson,
    isLive: false,
    width: Infinity,
    height: 24,
    style: createStyle(false),
    line: (text = '') => void (stdout += `${text}\n`),
    json: (value) => void (stdout += JSON.stringify(value)),
    note: (text) => void (stderr += text),
    raw: (text) => {
      throw new Error(`Nothing is drawn over, but '${text}' was.`);
    },
  });
  const code = await runCli(args, { env, openOut, errorStyle: createStyle(false) });
  return { code, stdout, stderr };
}
