import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from 'base/error.ts';

const BIN = join(import.meta.dirname, '../../local-cloud/cli/bin.cjs');
const START_DEADLINE_MS = 30_000;
const END_DEADLINE_MS = 20_000;
const LOOK_MS = 50;

export interface LocalCloudProcess {
  stop(): Promise<void>;
}

/** An offline Google Cloud of its own, with its state in a folder. Its services end with it. */
export async function startLocalCloud(home: string): Promise<LocalCloudProcess> {
  const child = spawn(process.execPath, [BIN, 'start'], {
    cwd: dirname(home),
    env: { ...demoEnv(home) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  const ended = once(child, 'close');
  const giveUpAtMs = performance.now() + START_DEADLINE_MS;
  while (!existsSync(join(home, 'endpoints.json'))) {
    if (child.exitCode !== null || performance.now() > giveUpAtMs) {
      child.kill('SIGKILL');
      throw notStarted(told);
    }
    await wait(LOOK_MS);
  }
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([ended, wait(END_DEADLINE_MS, undefined, { ref: false })]);
      if (child.exitCode === null) child.kill('SIGKILL');
    },
  };
}

/** What the processes of the demo see; services are run by the Node that runs the demo. */
export function demoEnv(home: string): NodeJS.ProcessEnv {
  const { env, execPath } = process;
  return {
    ...env,
    LOCAL_CLOUD_HOME: home,
    PATH: `${dirname(execPath)}${delimiter}${env.PATH ?? ''}`,
  };
}

function notStarted(told: string): AppError {
  return new AppError({
    code: 'local_cloud_not_started',
    kind: 'broken',
    message: `local-cloud did not start: ${told.trim().split('\n').at(-1) ?? ''}`,
    hint: 'Run `npx local-cloud start` to see why.',
  });
}
