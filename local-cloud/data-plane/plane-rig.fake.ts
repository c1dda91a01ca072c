import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataPlane, DesiredRevision, DesiredService, ServiceStatus } from './data-plane.ts';
import type { DataPlaneSettings } from './served/local-data-plane.ts';
import { startDataPlane } from './start-data-plane.ts';
import { stopDataPlane } from './stop-data-plane.ts';

export const KEY = 'local/here/shop';
const APP = fileURLToPath(new URL('sample-app.fake.ts', import.meta.url));
const PATIENCE_MS = 10_000;

/** A data plane in its own process, on a folder of its own, for one test file. */
export class PlaneRig {
  readonly folder: string;
  plane: DataPlane;

  private constructor(folder: string, plane: DataPlane) {
    this.folder = folder;
    this.plane = plane;
  }

  static async start(settings: Partial<DataPlaneSettings> = {}): Promise<PlaneRig> {
    const folder = await mkdtemp(join(tmpdir(), 'data-plane-'));
    return new PlaneRig(folder, await startDataPlane({ folder, ...settings }));
  }

  /** Kills the data plane's process as a crash would. */
  async kill(): Promise<void> {
    const { pid } = JSON.parse(await readFile(join(this.folder, 'data-plane.json'), 'utf8')) as {
      pid: number;
    };
    await this.plane.close();
    process.kill(pid, 'SIGKILL');
    await until(() => !isRunning(pid));
  }

  async restart(settings: Partial<DataPlaneSettings> = {}): Promise<void> {
    this.plane = await startDataPlane({ folder: this.folder, ...settings });
  }

  async end(): Promise<void> {
    await this.plane.close();
    await stopDataPlane({ folder: this.folder });
    await rm(this.folder, { recursive: true });
  }

  /** Applies and waits until every revision is proved. */
  async serve(service: Partial<DesiredService>): Promise<ServiceStatus> {
    const desired = { key: KEY, minInstances: 0, revisions: [], traffic: [], ...service };
    await this.plane.applyService(desired);
    const { key } = desired;
    for (const { name } of desired.revisions)
      await this.plane.awaitRevision(key, name, AbortSignal.timeout(PATIENCE_MS));
    return this.describe(key);
  }

  async describe(key = KEY): Promise<ServiceStatus> {
    const status = await this.plane.describeService(key);
    if (!status) throw new Error(`no service ${key}`);
    return status;
  }
}

/** A revision of the sample app. */
export function revision(name: string, more: Partial<DesiredRevision> = {}): DesiredRevision {
  return {
    name,
    image: 'sample',
    command: [process.execPath, APP],
    args: [],
    env: {},
    concurrency: 80,
    minInstances: 0,
    maxInstances: 4,
    timeoutMs: 10_000,
    startup: { periodMs: 240_000, timeoutMs: 240_000, failureThreshold: 1 },
    ...more,
  };
}

/** `to('shop-1', 100)`, `to('shop-2', 0, 'next')`. */
export function to(revision: string, percent: number, tag?: string) {
  return { revision, percent, ...(tag === undefined ? {} : { tag }) };
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`never came: ${holds.toString()}`);
    await wait(10);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The answer of the sample app. */
export async function ask(url: string): Promise<{ K_REVISION: string; pid: number }> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as { K_REVISION: string; pid: number };
}
