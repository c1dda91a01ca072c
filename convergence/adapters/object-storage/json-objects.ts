import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from 'base/error.ts';
import type { ObjectStore } from '../../engine/flow/extract/object/object-store.ts';

export interface JsonObjectsOptions {
  readonly store: ObjectStore;
  /** Ends in a slash. */
  readonly place: string;
  readonly workFolder: string;
}

/** Small JSON objects and files below one place. */
export class JsonObjects {
  readonly #options: JsonObjectsOptions;

  constructor(options: JsonObjectsOptions) {
    this.#options = options;
  }

  async isEmpty(): Promise<boolean> {
    for await (const _object of this.#options.store.list(this.#options.place)) return false;
    return true;
  }

  async read<T>(name: string): Promise<T | null> {
    const { store, place } = this.#options;
    for await (const object of store.list(`${place}${name}`)) {
      if (object.uri !== `${place}${name}`) continue;
      return this.#withFile(async (file) => {
        await store.download(object, file);
        return JSON.parse(await readFile(file, 'utf8')) as T;
      });
    }
    return null;
  }

  async write(name: string, value: object): Promise<void> {
    await this.#put(name, value, false);
  }

  /** The first one stays, and is given back when there was one already. */
  async writeFirst<T extends object>(name: string, value: T): Promise<T> {
    try {
      await this.#put(name, value, true);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'object_exists')) throw error;
    }
    return (await this.read<T>(name)) ?? value;
  }

  async send(name: string, file: string): Promise<void> {
    await this.#options.store.put(`${this.#options.place}${name}`, file);
  }

  #put(name: string, value: object, ifAbsent: boolean): Promise<void> {
    const { store, place } = this.#options;
    return this.#withFile(async (file) => {
      await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
      await store.put(`${place}${name}`, file, { ifAbsent });
    });
  }

  async #withFile<T>(use: (file: string) => Promise<T>): Promise<T> {
    const { workFolder } = this.#options;
    await mkdir(workFolder, { recursive: true, mode: 0o700 });
    const file = join(workFolder, randomUUID());
    try {
      return await use(file);
    } finally {
      await rm(file, { force: true });
    }
  }
}
