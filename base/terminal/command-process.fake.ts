import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of another version than the one that runs the tests. */
  readonly node?: string;
}

/** A command line as a real process that sees nothing of the environment of the tests. */
export class CommandProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  readonly #told = { stdout: '', stderr: '' };

  constructor(bin: string, args: readonly string[], { folder, env, node }: Surroundings) {
    this.child = spawn(node ?? process.execPath, [bin, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name].setEncoding('utf8').on('data', (text: string) => (this.#told[name] += text));
    }
    this.ended = once(this.child, 'close').then(([code]) => ({
      code: code as number | null,
      ...this.#told,
    }));
  }

  /** What it has written so far. */
  seen(): string {
    return this.#told.stdout;
  }

  /** Resolves as soon as it has written what matches; rejects when it ends before. */
  async sees(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#told.stdout)) {
      if (this.child.exitCode !== null) {
        throw new Error(`it ended with ${this.child.exitCode}: ${this.#told.stderr}`);
      }
      await Promise.race([once(this.child.stdout, 'data'), this.ended]);
    }
  }
}
