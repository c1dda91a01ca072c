import type { Build } from './resource/build.ts';
import { logPlace } from './resource/make-build.ts';
import type { StorageCalls } from './storage-calls.ts';

/** How long after a line those that read the log see it, at most. */
const FLUSH_MS = 300;
const MAX_SIZE = 8 * 1024 ** 2;

/** The log of a build, an object that grows while it runs. */
export class BuildLog {
  readonly #build: Build;
  readonly #storage: StorageCalls;
  #text = '';
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(build: Build, storage: StorageCalls) {
    this.#build = build;
    this.#storage = storage;
  }

  readonly line = (text: string): void => {
    if (this.#text.length > MAX_SIZE) return;
    this.#text += `${text}\n`;
    this.#timer ??= setTimeout(() => this.#write(), FLUSH_MS);
  };

  /** All lines are there. @throws Error when they cannot be written */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writeAfter(this.#writing);
    // Whoever flushes is told; a write in between is done again by the next.
    this.#writing.catch(() => undefined);
  }

  async #writeAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const { projectId, options } = this.#build;
    const text = this.#text;
    if (options?.logging === 'NONE' || text.length === this.#written) return;
    await this.#storage.upload(projectId, logPlace(this.#build), text);
    this.#written = text.length;
  }
}
