import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJourney } from './journey.ts';
import { addSecondDay, writeShopTenant } from './shop-tenant.ts';
import { ShopServer } from './shop-server.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { crash } from './worker-process.ts';

type Day = 1 | 2;

/**
 * A shop, and for each of two days a data folder with one admitted run in it, of which every case
 * takes a copy: so all cases have the same run ids, and what they leave can be compared whole.
 */
export class CrashBench {
  readonly shop: ShopServer;
  readonly #root: string;
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

  /** Lets a worker take the run and die at a point. */
  crash(folder: string, point: string): Promise<string | number | null> {
    return crash(this.shop, { folder, point });
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
    await this.shop.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  #template(day: Day): string {
    return join(this.#root, `day-${day}`);
  }
}
