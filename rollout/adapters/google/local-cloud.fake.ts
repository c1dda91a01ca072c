import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const BIN = join(import.meta.dirname, '../../../local-cloud/cli/bin.cjs');
const START_DEADLINE_MS = 30_000;

/** A local-cloud of its own as a process, with its state in a folder of its own. */
export interface LocalCloudFake {
  /** `127.0.0.1:PORT` */
  readonly grpc: string;
  /** `http://127.0.0.1:PORT` */
  readonly rest: string;
  close(): Promise<void>;
}

/** `options` are those of `local-cloud start`. */
export async function startLocalCloud(...options: string[]): Promise<LocalCloudFake> {
  const home = await mkdtemp(join(tmpdir(), 'rollout-cloud-'));
  const child = spawn(process.execPath, [BIN, 'start', '--home', home, ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(home, { recursive: true });
  };
  const file = join(home, 'endpoints.json');
  for (const giveUpAtMs = performance.now() + START_DEADLINE_MS; ; await wait(50)) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return { ...(JSON.parse(text) as LocalCloudFake), close };
    if (child.exitCode !== null || performance.now() > giveUpAtMs) {
      await close();
      throw new Error(`local-cloud did not start: ${told}`);
    }
  }
}
