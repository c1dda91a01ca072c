import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What one measured process says of itself. */
export interface Usage {
  readonly rows: number;
  /** Of the work alone, without the start of the process. */
  readonly wallSeconds: number;
  /** User and system, of the whole process. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/**
 * Runs a command in a process of its own, so that no run finds what another left in memory. Its last
 * line of output is its usage as JSON.
 */
export async function runFresh(command: readonly string[], input: object): Promise<Usage> {
  const [file = '', ...args] = command;
  const child = spawn(file, [...args, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [output, [exitCode]] = await Promise.all([text(child.stdout), exit]);
  if (exitCode !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${exitCode}\n${output}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Usage;
}

/** The process's last word to `runFresh`. */
export function tellUsage(work: Pick<Usage, 'rows' | 'wallSeconds'>): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
  const usage: Usage = { ...work, cpuSeconds, peakRssBytes: maxRSS * 1024 };
  process.stdout.write(`${JSON.stringify(usage)}\n`);
}

/** Each value apart: the median wall and the median peak may come from different runs. */
export function medianUsage(runs: readonly Usage[]): Usage {
  return {
    rows: median(runs.map(({ rows }) => rows)),
    wallSeconds: median(runs.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakRssBytes: median(runs.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
