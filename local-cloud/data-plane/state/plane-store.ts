import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesiredService, RevisionFault } from '../data-plane.ts';
import { writeWhole } from './write-whole.ts';

/** What must survive a crash about one service. */
export interface KeptService {
  readonly desired: DesiredService;
  /** Of the service under '', of its tags under their names; also of tags that are gone. */
  readonly ports: Readonly<Record<string, number>>;
  /** What became of the first start of a revision; none for one that is still starting. */
  readonly proofs: Readonly<Record<string, Proof>>;
}

export interface Proof {
  /** Why it failed; absent: it became ready. */
  readonly message?: string;
}

/** By service key and revision. */
export type Faults = Readonly<Record<string, Readonly<Record<string, RevisionFault>>>>;

/** The data plane's state on disk: one file for each service and one for faults. */
export class PlaneStore {
  readonly #services: string;
  readonly #faults: string;

  constructor(folder: string) {
    this.#services = join(folder, 'services');
    this.#faults = join(folder, 'faults.json');
  }

  async readServices(): Promise<readonly KeptService[]> {
    await mkdir(this.#services, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.#services)).filter((name) => name.endsWith('.json'));
    const texts = names.map((name) => readFile(join(this.#services, name), 'utf8'));
    return (await Promise.all(texts)).map((text) => JSON.parse(text) as KeptService);
  }

  async saveService(kept: KeptService): Promise<void> {
    await writeWhole(this.#fileOf(kept.desired.key), JSON.stringify(kept));
  }

  async removeService(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true });
  }

  async readFaults(): Promise<Faults> {
    try {
      return JSON.parse(await readFile(this.#faults, 'utf8')) as Faults;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  async saveFaults(faults: Faults): Promise<void> {
    await writeWhole(this.#faults, JSON.stringify(faults));
  }

  #fileOf(key: string): string {
    return join(this.#services, `${encodeURIComponent(key)}.json`);
  }
}
