import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  DataPlane,
  DesiredRevision,
  DesiredService,
} from '../../local-cloud/data-plane/data-plane.ts';
import { startDataPlane } from '../../local-cloud/data-plane/start-data-plane.ts';
import { stopDataPlane } from '../../local-cloud/data-plane/stop-data-plane.ts';

const KEY = 'bench/here/shop';
const APP = fileURLToPath(new URL('hello-app.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;

/** One service on a data plane in a process of its own. */
export class Shop {
  readonly #plane: DataPlane;
  #desired: DesiredService = { key: KEY, minInstances: 0, revisions: [], traffic: [] };

  private constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  /** Does the work on it, then ends it and all its processes. */
  static async open<T>(work: (shop: Shop) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-router-'));
    const plane = await startDataPlane({ folder });
    try {
      return await work(new Shop(plane));
    } finally {
      await plane.close();
      await stopDataPlane({ folder });
      await rm(folder, { recursive: true });
    }
  }

  /** Adds a revision without traffic and waits until it is ready. */
  async deploy(name: string): Promise<void> {
    const revisions = [...this.#desired.revisions, helloRevision(name)];
    await this.#apply({ ...this.#desired, revisions });
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    const { state, message } = await this.#plane.awaitRevision(KEY, name, signal);
    if (state === 'failed') throw new Error(message);
  }

  async route(percents: Readonly<Record<string, number>>): Promise<void> {
    const traffic = Object.entries(percents).map(([revision, percent]) => ({ revision, percent }));
    await this.#apply({ ...this.#desired, traffic });
  }

  /** All traffic back to one revision and the other away, in one write. */
  async takeBack(bad: string, good: string): Promise<void> {
    const revisions = this.#desired.revisions.filter(({ name }) => name !== bad);
    await this.#apply({ ...this.#desired, revisions, traffic: [{ revision: good, percent: 100 }] });
  }

  async url(): Promise<string> {
    return (await this.#plane.describeService(KEY))?.url ?? '';
  }

  async #apply(desired: DesiredService): Promise<void> {
    await this.#plane.applyService(desired);
    this.#desired = desired;
  }
}

function helloRevision(name: string): DesiredRevision {
  return {
    name,
    image: 'hello',
    command: [process.execPath, APP],
    args: [],
    env: {},
    concurrency: 1000,
    minInstances: 1,
    maxInstances: 1,
    timeoutMs: 30_000,
    startup: { periodMs: 10_000, timeoutMs: 10_000, failureThreshold: 3 },
  };
}
