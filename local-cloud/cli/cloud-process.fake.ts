import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoints } from '../control-plane/endpoints.ts';

const BIN = join(import.meta.dirname, 'bin.cjs');

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** local-cloud as people run it: a home, a process that serves it, and commands beside it. */
export class CloudProcess {
  readonly home: string;
  endpoints: Endpoints;
  #child: ChildProcess;

  private constructor(home: string, started: Started) {
    this.home = home;
    this.endpoints = started.endpoints;
    this.#child = started.child;
  }

  static async start(args: readonly string[] = []): Promise<CloudProcess> {
    const home = await mkdtemp(join(tmpdir(), 'local-cloud-'));
    return new CloudProcess(home, await start(home, args));
  }

  async restart(args: readonly string[] = []): Promise<void> {
    const started = await start(this.home, args);
    this.endpoints = started.endpoints;
    this.#child = started.child;
  }

  /** Its exit code; null when the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.kill(signal);
    return (await ended)[0];
  }

  async run(...args: readonly string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const command = [BIN, ...args, '--home', this.home];
      execFile(process.execPath, command, (error, stdout, stderr) => {
        resolve({ exitCode: (error?.code as number | undefined) ?? 0, stdout, stderr });
      });
    });
  }

  /** Ends all that it began. */
  async remove(): Promise<void> {
    await this.run('stop');
    await rm(this.home, { recursive: true });
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly endpoints: Endpoints;
}

async function start(home: string, args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [BIN, 'start', '--json', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { child, endpoints: JSON.parse(String(told[0])) as Endpoints };
}
