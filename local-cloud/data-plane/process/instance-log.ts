import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const MAX_SIZE_BYTES = 8 * 1024 ** 2;
/** Of one revision; instances that crash leave one each. */
const MAX_FILES = 10;
const TAIL_SIZE_BYTES = 4096;
const TAIL_LINES = 15;

/** What an instance writes to its standard output and error, in a file that does not grow for ever. */
export class InstanceLog {
  readonly #file: string;

  /** In `folder`, which belongs to the revision. */
  constructor(folder: string, instance: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeOldest(folder);
    this.#file = join(folder, `${instance}.log`);
  }

  /** A descriptor for the process to write to: it also writes while no data plane runs. */
  open(): number {
    return openSync(this.#file, 'a', 0o600);
  }

  /** Keeps the last piece under `.old` when there is too much; lines of that moment may be lost. */
  bound(): void {
    if (!existsSync(this.#file) || statSync(this.#file).size < MAX_SIZE_BYTES) return;
    copyFileSync(this.#file, `${this.#file}.old`);
    truncateSync(this.#file);
  }

  /** The last lines; empty when there are none. */
  tail(): string {
    const size = existsSync(this.#file) ? statSync(this.#file).size : 0;
    const buffer = Buffer.alloc(Math.min(size, TAIL_SIZE_BYTES));
    if (size === 0) return '';
    const descriptor = openSync(this.#file, 'r');
    try {
      readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    } finally {
      closeSync(descriptor);
    }
    return buffer.toString().trim().split('\n').slice(-TAIL_LINES).join('\n');
  }
}

function removeOldest(folder: string): void {
  const timeOf = (name: string) => statSync(join(folder, name)).mtimeMs;
  const names = readdirSync(folder).toSorted((a, b) => timeOf(b) - timeOf(a));
  for (const name of names.slice(MAX_FILES - 1)) rmSync(join(folder, name), { force: true });
}
