import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Google's own emulator of Pub/Sub, which is a child of gcloud and a process of Java. */
export interface PubsubEmulator {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

/** Null where it is not installed, and no CI asks for it. */
export async function startPubsubEmulator(): Promise<PubsubEmulator | null> {
  // Else Google's clients look for a machine of Google's around them.
  process.env.METADATA_SERVER_DETECTION = 'none';
  const folder = await mkdtemp(join(tmpdir(), 'convergence-pubsub-'));
  const host = `127.0.0.1:${await freePort()}`;
  const args = ['beta', 'emulators', 'pubsub', 'start', '--project=local', '--quiet'];
  const child = spawn('gcloud', [...args, `--host-port=${host}`, `--data-dir=${folder}`], {
    // A group of its own: gcloud does not end its child.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CLOUDSDK_CONFIG: join(folder, 'gcloud') },
  });
  const ended = once(child, 'close').catch(() => undefined);
  const close = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const told = await readUntilStarted(child);
  if (told === null) return { host, close };
  await close();
  if (process.env.CI === 'true') throw new Error(`gcloud's emulator of Pub/Sub: ${told}`);
  return null;
}

/** What it said instead of starting; null: it has started. */
async function readUntilStarted(child: ChildProcess): Promise<string | null> {
  let told = '';
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(told));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.includes('Server started')) resolve(null);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
