import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { S3Credentials } from '../engine/pipeline/spec/file-source-spec.ts';

const run = promisify(execFile);
/** Without the second one moto gives CRC-32 for CRC-32C. */
const PACKAGES = ['moto[s3,server]==5.2.5', 'crc32c==2.7.1'];
/** Beside this file, so that it outlives a run of the tests; other versions get another one. */
const VENV = join(import.meta.dirname, '.venv', PACKAGES.join('-').replaceAll(/[^\w.]+/g, '-'));
const START_DEADLINE_MS = 60_000;

export interface S3Server {
  readonly credentials: S3Credentials;
  close(): Promise<void>;
}

/**
 * moto (https://docs.getmoto.org), a server that speaks S3, in memory and on a free port. Made on
 * first use with `python3` and a package index, in less than a minute.
 */
export async function startS3Server(): Promise<S3Server> {
  await prepareMoto();
  // Its own script names the folder in which it was made.
  const server = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'];
  const child = spawn(join(VENV, 'bin/python'), server, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const endpoint = await readAddress(child.stderr);
  return {
    credentials: {
      access_key_id: 'test',
      secret_access_key: 'test',
      region: 'us-east-1',
      endpoint,
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readAddress(lines: NodeJS.ReadableStream): Promise<string> {
  let told = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`moto did not start: ${told}`)),
    START_DEADLINE_MS,
  );
  lines.setEncoding('utf8').on('data', (text: string) => {
    told = `${told}${text}`.slice(-10_000);
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(told) ?? [];
    if (address) resolve(address);
  });
  lines.on('end', () => reject(new Error(`moto did not start: ${told}`)));
  return promise.finally(() => clearTimeout(timer));
}

/** Made aside and renamed, because test files run at the same time. */
async function prepareMoto(): Promise<void> {
  if (await isThere()) return;
  const making = `${VENV}.${process.pid}`;
  await run('python3', ['-m', 'venv', making]).catch((cause: unknown) => {
    throw new Error('These tests need python3 with venv: apt-get install python3-venv', { cause });
  });
  await run(join(making, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  await rename(making, VENV).catch(async (error: unknown) => {
    await rm(making, { recursive: true });
    if (!(await isThere())) throw error;
  });
}

async function isThere(): Promise<boolean> {
  return access(join(VENV, 'bin/python')).then(
    () => true,
    () => false,
  );
}
