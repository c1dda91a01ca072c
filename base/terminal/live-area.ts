import type { Out } from './out.ts';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_BELOW = '\u001B[J';
const CLEAR_REST_OF_LINE = '\u001B[K';

/** Lines at the bottom of a terminal that are drawn over; the cursor comes back however we end. */
export class LiveArea {
  readonly #out: Out;
  readonly #restore: () => void;
  #height = 0;

  constructor(out: Out) {
    this.#out = out;
    this.#restore = () => out.raw(SHOW_CURSOR);
    process.once('exit', this.#restore);
    out.raw(HIDE_CURSOR);
  }

  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
    this.#out.raw(`${this.#toTop()}${text}${CLEAR_BELOW}`);
    this.#height = lines.length;
  }

  /** A line that stays, above the area. */
  keep(line: string): void {
    this.#out.raw(`${this.#toTop()}${CLEAR_BELOW}${line}\n`);
    this.#height = 0;
  }

  close(): void {
    this.#out.raw(`${this.#toTop()}${CLEAR_BELOW}${SHOW_CURSOR}`);
    process.off('exit', this.#restore);
  }

  #toTop(): string {
    return this.#height === 0 ? '' : `\u001B[${this.#height}A\r`;
  }
}
