import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Status } from '../cli/commands/look/status.ts';
import { demoEnv } from './local-cloud-process.ts';

const BIN = join(import.meta.dirname, '../cli/bin.cjs');

/** Where the demo plays: the folder of its rollout.yaml, and that of its local-cloud. */
export interface Stage {
  readonly folder: string;
  readonly home: string;
  /** Ends the play. */
  readonly signal: AbortSignal;
}

export interface Shipping {
  readonly stage: Stage;
  /** Of the demo's rollout.yaml. */
  readonly environment: string;
}

/** Ships a release with the command that people use; gives its exit code. */
export async function ship(release: string, { stage, environment }: Shipping): Promise<number> {
  const { folder, home, signal } = stage;
  await writeFile(join(folder, 'release.env'), `RELEASE=${release}\n`);
  const child = spawn(process.execPath, [BIN, 'deploy', environment, '--image-tag', release], {
    cwd: folder,
    env: demoEnv(home),
    stdio: 'inherit',
  });
  // A terminal tells all of its processes by itself.
  const end = () => process.stdin.isTTY || child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  return code ?? 1;
}

/** What `rollout … --json` answers. */
export async function ask<T>(args: readonly string[], { folder, home }: Stage): Promise<T> {
  const child = spawn(process.execPath, [BIN, ...args, '--json'], {
    cwd: folder,
    env: demoEnv(home),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`rollout ${args.join(' ')} ended with ${code}`);
  return JSON.parse(answer) as T;
}

export function readStatus(stage: Stage): Promise<Status> {
  return ask(['status', 'demo'], stage);
}
