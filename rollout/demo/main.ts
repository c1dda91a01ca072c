import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, exitCodeOf } from 'base/error.ts';
import { openOut } from 'base/terminal/out.ts';
import type { Out } from 'base/terminal/out.ts';
import { Interrupted, listenForInterrupt } from 'base/terminal/interrupt.ts';
import type { Entry } from '../engine/rollout/entry.ts';
import { startLocalCloud } from './local-cloud-process.ts';
import { ask, readStatus, ship } from './ship.ts';
import type { Stage } from './ship.ts';
import { SteadyLoad } from './steady-load.ts';
import { tellRelease } from './tell.ts';

const REQUESTS_PER_SECOND = 400;
const CLIENTS = 20_000;
const FILES = ['rollout.yaml', 'shop.ts'];

/**
 * A shop under steady load, and releases of it: `npm run demo:rollout`. With `-- --slow` one more,
 * which is only slow; it takes two minutes, since a canary's first one does not count for latency.
 */
async function main(args: readonly string[]): Promise<void> {
  const out = openOut(false, process.env);
  const signal = listenForInterrupt();
  const folder = await mkdtemp(join(tmpdir(), 'rollout-demo-'));
  const stage = { folder, home: join(folder, '.local-cloud'), signal };
  for (const file of FILES) await copyFile(join(import.meta.dirname, file), join(folder, file));
  const cloud = await startLocalCloud(stage.home);
  try {
    await play(stage, out, args.includes('--slow'));
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(stage: Stage, out: Out, withSlow: boolean): Promise<void> {
  out.line(out.style.strong('v1: the first release of a shop. There is nothing to protect yet.'));
  await ship('v1', { stage, environment: 'demo' });
  const url = (await readStatus(stage)).service?.url ?? '';
  const load = new SteadyLoad({ url, requestsPerSecond: REQUESTS_PER_SECOND, clients: CLIENTS });
  try {
    await act('v2: a good one.', 'v2', { stage, load, out });
    await act('v3: fails 5 of 100 requests.', 'v3', { stage, load, out });
    if (withSlow) await act('v4: takes twice as long.', 'v4', { stage, load, out });
  } finally {
    load.stop();
  }
}

interface Scene {
  readonly stage: Stage;
  readonly load: SteadyLoad;
  readonly out: Out;
}

async function act(title: string, release: string, { stage, load, out }: Scene): Promise<void> {
  out.line();
  out.line(out.style.strong(`${title} ${REQUESTS_PER_SECOND} requests a second go on.`));
  const before = load.counts();
  await ship(release, { stage, environment: release === 'v4' ? 'patient' : 'demo' });
  const after = load.counts();
  const { rollout } = await readStatus(stage);
  const entries = await ask<Entry[]>(['history', 'demo', '--rollout', rollout?.id ?? ''], stage);
  tellRelease({ release, entries, before, after }, out);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = tellError(error);
}

function tellError(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  const known = error instanceof AppError;
  process.stderr.write(`error: ${known ? error.message : String(error)}\n`);
  if (known && error.hint) process.stderr.write(`hint: ${error.hint}\n`);
  return known ? exitCodeOf(error.kind) : 70;
}
