import type { File } from '@google-cloud/storage';

const KEPT_LINES = 20;

/** The log of a build, which Cloud Build appends to an object while it runs. */
export class LogTail {
  readonly #file: File;
  readonly #onLine: (line: string) => void;
  #offsetBytes = 0;
  #rest = '';
  #last: readonly string[] = [];

  constructor(file: File, onLine: (line: string) => void) {
    this.#file = file;
    this.#onLine = onLine;
  }

  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Hands out the lines that came since the last time. A log that cannot be read has none. */
  async read(): Promise<void> {
    const added = await this.#download();
    this.#offsetBytes += added.length;
    const lines = (this.#rest + added.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#last = [...this.#last, ...lines].slice(-KEPT_LINES);
    lines.forEach((line) => this.#onLine(line));
  }

  async #download(): Promise<Buffer> {
    try {
      const [content] = await this.#file.download({ validation: false });
      return content.subarray(this.#offsetBytes);
    } catch (error) {
      // Not there yet, or not ours to read: the build goes on.
      const isAnswer = error instanceof Error && 'code' in error && typeof error.code === 'number';
      if (isAnswer) return Buffer.alloc(0);
      throw error;
    }
  }
}
