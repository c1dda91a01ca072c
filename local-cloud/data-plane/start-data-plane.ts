import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectDataPlane } from './connect-data-plane.ts';
import type { DataPlane } from './data-plane.ts';
import type { ProcessOrder } from './data-plane-process.ts';
import { fail } from './data-plane-error.ts';
import { readEndpoint } from './state/control-endpoint.ts';
import { DEFAULT_SETTINGS } from './served/local-data-plane.ts';
import type { DataPlaneSettings } from './served/local-data-plane.ts';

const PROCESS = fileURLToPath(new URL('data-plane-process.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 20;
/** No service has this key: asking for it only shows that somebody answers. */
const NO_SERVICE = '-/-/-';

export interface StartOrder extends Partial<DataPlaneSettings> {
  /** Where it keeps all it knows; made when it is not there. */
  readonly folder: string;
}

/**
 * Connects to the data plane of the folder, after starting it in a process of its own when none
 * runs; that process lives on when this one ends. One that runs keeps its settings.
 * @throws data_plane_start_failed
 */
export async function startDataPlane({
  folder: path,
  ...settings
}: StartOrder): Promise<DataPlane> {
  const folder = resolve(path);
  const plane = connectDataPlane({ folder });
  if (await answers(plane)) return plane;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const order = { folder, settings: { ...DEFAULT_SETTINGS, ...settings } };
  let spawned = spawnProcess(order);
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    if ((await answers(plane)) && (await isDecided(spawned, folder))) return plane;
    if (spawned.exitCode !== undefined && spawned.exitCode !== 0) break;
    await wait(LOOK_EVERY_MS);
    // Another one had the folder, and may have been about to end.
    if (spawned.exitCode === 0 && !(await answers(plane))) spawned = spawnProcess(order);
  }
  await plane.close();
  throw notStarted(folder);
}

interface Spawned {
  readonly pid: number | undefined;
  /** 0 when another one had the folder; undefined while it runs. */
  exitCode?: number;
}

/**
 * Whether the spawned one answers or has ended: while neither is so it may yet take the folder from
 * one that is being stopped, and run on although nobody wants it.
 */
async function isDecided({ pid, exitCode }: Spawned, folder: string): Promise<boolean> {
  return exitCode !== undefined || (await readEndpoint(folder))?.pid === pid;
}

function spawnProcess(order: ProcessOrder): Spawned {
  const output = openSync(logFile(order.folder), 'a', 0o600);
  const child = spawn(process.execPath, [PROCESS, JSON.stringify(order)], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const spawned: Spawned = { pid: child.pid };
  child.once('exit', (code) => (spawned.exitCode = code ?? 1));
  child.once('error', () => (spawned.exitCode = 1));
  child.unref();
  return spawned;
}

async function answers(plane: DataPlane): Promise<boolean> {
  try {
    await plane.describeService(NO_SERVICE);
    return true;
  } catch {
    return false;
  }
}

function notStarted(folder: string): Error {
  const output = readFileSync(logFile(folder), 'utf8').trim().split('\n').slice(-15).join('\n');
  return fail('data_plane_start_failed', `The data plane could not be started:\n${output}`, {
    hint: 'See data-plane.log in the state folder.',
  });
}

function logFile(folder: string): string {
  return join(folder, 'data-plane.log');
}
