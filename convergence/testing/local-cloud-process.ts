import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const BIN = join(import.meta.dirname, '../../local-cloud/cli/bin.cjs');
const START_DEADLINE_MS = 30_000;

/** An offline Google Cloud as a process, with its state in a folder of its own. */
export interface LocalCloudProcess {
  /** `127.0.0.1:PORT` */
  readonly grpc: string;
  /** `http://127.0.0.1:PORT` */
  readonly rest: string;
  /** Puts a fault in force, as `local-cloud faults add` does. */
  addFault(fault: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/** `options` are those of `local-cloud start`. */
export async function startLocalCloud(...options: string[]): Promise<LocalCloudProcess> {
  // Else Google's clients look for a machine of Google's around them.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const home = await mkdtemp(join(tmpdir(), 'convergence-cloud-'));
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
    if (text !== null) return describe(JSON.parse(text) as LocalCloudProcess, close);
    if (child.exitCode !== null || performance.now() > giveUpAtMs) {
      await close();
      throw new Error(`local-cloud did not start: ${told}`);
    }
  }
}

function describe(
  { grpc, rest }: Pick<LocalCloudProcess, 'grpc' | 'rest'>,
  close: () => Promise<void>,
): LocalCloudProcess {
  return {
    grpc,
    rest,
    async addFault(fault) {
      const body = JSON.stringify(fault);
      const answer = await fetch(`${rest}/local/v1/faults`, { method: 'POST', body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    close,
  };
}
