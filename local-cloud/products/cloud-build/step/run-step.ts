import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { endProcess, signalGroup } from '../../../data-plane/process/end-process.ts';
import type { ProcessRecords } from '../../../data-plane/process/process-record.ts';

export interface StepCommand {
  /** Of the process's record. */
  readonly id: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface StepDeps {
  readonly processes: ProcessRecords;
  readonly onLine: (line: string) => void;
  /** Ends the program and all that it started. */
  readonly signal: AbortSignal;
}

/** As a shell gives them for a program that cannot be started, or that ended by a signal. */
const NOT_STARTED = 127;
const KILLED = 137;
const GRACE_MS = 2000;

/** Runs a program to its end and gives its exit code. @throws the signal's reason */
export async function runStep(command: StepCommand, deps: StepDeps): Promise<number> {
  const { id, program, args, folder, env } = command;
  const { processes, onLine, signal } = deps;
  signal.throwIfAborted();
  // Not a pipe: Node's is a socket, and bash whose input is one takes itself for a remote shell and
  // runs its user's .bashrc.
  const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio });
  if (child.pid !== undefined) processes.add(id, child.pid);
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending = endChild(child);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const reading = [child.stdout, child.stderr].map((output) => forEachLine(output, onLine));
    const exitCode = await exitCodeOf(child, onLine);
    await Promise.all([...reading, ending]);
    signal.throwIfAborted();
    return exitCode;
  } finally {
    signal.removeEventListener('abort', end);
    processes.remove(id);
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  await endProcess({ pid, isRunning, graceMs: GRACE_MS });
}

async function exitCodeOf(child: ChildProcess, onLine: (line: string) => void): Promise<number> {
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    // A container ends with its first process, whatever that started.
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    return code ?? KILLED;
  } catch (error) {
    onLine(error instanceof Error ? error.message : String(error));
    return NOT_STARTED;
  }
}

async function forEachLine(output: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: output, crlfDelay: Infinity })) onLine(line);
}
