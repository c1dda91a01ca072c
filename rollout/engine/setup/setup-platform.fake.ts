import { describePiece } from './piece.ts';
import type { Piece, SetupPlatform } from './piece.ts';

/** A platform in memory, which knows pieces by their description. */
export class SetupPlatformFake implements SetupPlatform {
  /** In the order in which they were made. */
  readonly made: string[] = [];
  refuses: string | null = null;
  readonly #there: Set<string>;
  readonly #foreign: readonly string[];

  constructor(there: readonly string[] = [], foreign: readonly string[] = []) {
    this.#there = new Set(there);
    this.#foreign = foreign;
  }

  has(piece: Piece): Promise<boolean | null> {
    const name = describePiece(piece);
    return Promise.resolve(this.#foreign.includes(name) ? null : this.#there.has(name));
  }

  make(piece: Piece): Promise<void> {
    const name = describePiece(piece);
    if (name === this.refuses) return Promise.reject(new Error(`${name} is refused`));
    this.#there.add(name);
    this.made.push(name);
    return Promise.resolve();
  }
}
