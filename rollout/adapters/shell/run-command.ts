import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it runs. */
  readonly folder: string;
  /** What it reads. */
  readonly input?: string;
}

export interface CommandOptions {
  /** Of both outputs, as they come. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** As a shell gives them for a program that is not there, or that ended by a signal. */
const NOT_FOUND = 127;
const KILLED = 137;
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5000;

/**
 * Runs a program to its end and gives its exit code. Aborting `signal` ends it and all that it
 * started, and throws the signal's reason.
 */
export async function runCommand(
  { program, args, folder, input }: CommandLine,
  { onLine, signal }: CommandOptions,
): Promise<{ readonly exitCode: number }> {
  signal?.throwIfAborted();
  // In a group of its own, so that what it starts can be ended with it.
  const child = spawn(program, args, { cwd: folder, detached: true, stdio: 'pipe' });
  let lastWord: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child, 'SIGTERM');
    lastWord = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', end);
  try {
    const lines = [forEachLine(child.stdout, onLine), forEachLine(child.stderr, onLine)];
    const ended = exitCodeOf(child, onLine);
    child.stdin.on('error', () => undefined).end(input ?? '');
    const exitCode = await ended;
    await Promise.all(lines);
    signal?.throwIfAborted();
    return { exitCode };
  } finally {
    signal?.removeEventListener('abort', end);
    clearTimeout(lastWord);
  }
}

async function exitCodeOf(child: ChildProcess, onLine: (line: string) => void): Promise<number> {
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? KILLED;
  } catch (error) {
    onLine(error instanceof Error ? error.message : String(error));
    return NOT_FOUND;
  }
}

async function forEachLine(output: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: output, crlfDelay: Infinity })) onLine(line);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
