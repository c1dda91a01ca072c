import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openJourney } from './journey.ts';
import { addSecondDay, writeShopTenant } from './shop-tenant.ts';
import { ShopServer } from './shop-server.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

type Day = 1 | 2;

/**
 * A shop, and for each of two days a data folder with one admitted run in it, of which every case
 * takes a copy: so all cases have the same run ids, and what they leave can be compared whole.
 */
export class CrashBench {
  readonly shop: ShopServer;
  readonly #root: string;
  readonly #children = new Set<ChildProcess>();
  readonly #expected = new Map<Day, Promise<Snapshot>>();
  #copies = 0;

  private constructor(shop: ShopServer, root: string) {
    this.shop = shop;
    this.#root = root;
  }

  static async open(): Promise<CrashBench> {
    const root = await mkdtemp(join(tmpdir(), 'convergence-journey-'));
    const bench = new CrashBench(await ShopServer.start(), root);
    const first = bench.#template(1);
    await writeShopTenant(join(first, 'configs'), bench.shop.url);
    const fresh = await openJourney({ folder: first });
    await fresh.admit();
    await fresh.close();
    const second = bench.#template(2);
    await cp(first, second, { recursive: true, preserveTimestamps: true });
    const later = await openJourney({ folder: second });
    await later.finishRuns();
    await addSecondDay(join(second, 'configs'));
    await later.admit();
    await later.close();
    return bench;
  }

  /** A folder of its own with the admitted run of that day. */
  async folder(day: Day): Promise<string> {
    const folder = join(this.#root, `case-${this.#copies++}`);
    await cp(this.#template(day), folder, { recursive: true, preserveTimestamps: true });
    this.shop.reset(day);
    return folder;
  }

  /** A worker in a process of its own, which dies at a point of `crashAt`. */
  start(folder: string, point: string): ChildProcess {
    const script = join(import.meta.dirname, 'crash-process.ts');
    const child = spawn(process.execPath, [script, folder, '', point], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(this.#root, 'compiled') },
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /**
   * Lets a worker die at a point; the signal that ended it, or its exit code. Besides those of
   * `crashAt`: `asked /orders 3` when that page is asked for, `half /orders 3` when half of it came.
   */
  async crash(folder: string, point: string): Promise<string | number | null> {
    const [when, path, page] = point.split(' ');
    const isOurs = when === 'asked' || when === 'half';
    const child = this.start(folder, isOurs ? 'never' : point);
    const exit = exitOf(child);
    if (isOurs) {
      this.shop.intercept = async (request, body) => {
        if (request.path !== path || request.page !== Number(page)) return null;
        if (when === 'asked') child.kill('SIGKILL');
        else void bodyArrives(folder).then(() => child.kill('SIGKILL'));
        return { start: body.slice(0, body.length / 2) };
      };
    }
    const ended = await exit;
    this.shop.intercept = async () => null;
    return ended;
  }

  /** Goes on in this process until the run has ended. */
  async finish(folder: string): Promise<Snapshot> {
    const journey = await openJourney({ folder });
    try {
      await journey.finishRuns();
      return await takeSnapshot(journey, folder);
    } finally {
      await journey.close();
    }
  }

  /** What a day leaves behind when nobody dies. */
  expected(day: Day): Promise<Snapshot> {
    const known = this.#expected.get(day) ?? this.folder(day).then((at) => this.finish(at));
    this.#expected.set(day, known);
    return known;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.shop.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  #template(day: Day): string {
    return join(this.#root, `day-${day}`);
  }
}

/** Resolves when some of a body is on the disk. */
async function bodyArrives(folder: string): Promise<void> {
  const parts = join(folder, 'data', 'parts');
  for (;;) {
    for (const name of await readdir(parts, { recursive: true })) {
      if (!basename(name).startsWith('body-')) continue;
      const found = await stat(join(parts, name)).catch(() => null);
      if (found && found.size > 0) return;
    }
    await setTimeout(5);
  }
}

export async function exitOf(child: ChildProcess): Promise<string | number | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code;
}
