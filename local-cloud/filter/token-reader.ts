/** A piece of a filter, as both languages of filters have them. */
export interface FilterToken {
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  readonly text: string;
  /** Where it begins in the filter. */
  readonly at: number;
}

/** Tokens of which a parser takes one after the other; the last one is of the kind `end`. */
export class TokenReader<T extends FilterToken> {
  readonly #tokens: readonly T[];
  readonly #end: T;
  readonly #refuse: (at: number, why: string) => Error;
  #next = 0;

  constructor(tokens: readonly T[], refuse: (at: number, why: string) => Error) {
    const end = tokens.at(-1);
    if (end?.kind !== 'end') throw new Error('tokens end with one of the kind `end`');
    this.#tokens = tokens;
    this.#end = end;
    this.#refuse = refuse;
  }

  peek(): T {
    return this.#tokens[this.#next] ?? this.#end;
  }

  take(): T {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** Where it stands, for `goBack`. */
  place(): number {
    return this.#next;
  }

  goBack(place: number): void {
    this.#next = place;
  }

  takeWord(word: string): boolean {
    return this.#takeIf('word', word);
  }

  takeSign(sign: string): boolean {
    return this.#takeIf('sign', sign);
  }

  needSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.refuse(`expected ${sign}`);
  }

  refuse(why: string, token: T = this.peek()): Error {
    return this.#refuse(token.at, why);
  }

  #takeIf(wanted: T['kind'], wantedText: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== wanted || text !== wantedText) return false;
    this.#next++;
    return true;
  }
}
