/** Lets so many through in a second, and a burst of so many at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond, burst, nowMs }: { perSecond: number; burst: number; nowMs: number }) {
    this.#perSecond = perSecond;
    this.#most = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  take(nowMs: number): boolean {
    if (this.nextMs(nowMs) > nowMs) return false;
    this.#tokens -= 1;
    return true;
  }

  /** When a token can be taken: now, or later. */
  nextMs(nowMs: number): number {
    this.#tokens = Math.min(
      this.#most,
      this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#perSecond,
    );
    this.#atMs = nowMs;
    // A hair less is the rounding of the refill.
    if (this.#tokens > 1 - 1e-9) return nowMs;
    return nowMs + Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
  }
}
