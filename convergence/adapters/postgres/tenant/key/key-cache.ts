import type { StoredKey } from '../../../../engine/tenant/key/key-store.ts';

interface CachedKey<R> {
  readonly record: R;
  readonly readAtMs: number;
}

/**
 * A revocation in another process is effective when its record is read again, which needs no notice
 * of it: what a lost connection could keep from us cannot keep a key alive. A fifth of the second
 * that is promised is left for the statement and for a busy event loop.
 */
const FRESH_MS = 800;
const MAX_CACHED = 10_000;

/** Records of keys by their hash, each as fresh as a promise about revocation needs it. */
export class KeyCache<R extends StoredKey> {
  readonly #cached = new Map<string, CachedKey<R>>();
  readonly #nowMs: () => number;

  /** `nowMs` must never go back: a clock that is set would let revoked keys live. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The record, from `read` unless it was read a moment ago; unknown keys are not remembered. */
  async read(keyHash: string, read: () => Promise<R | undefined>): Promise<R | undefined> {
    const cached = this.#cached.get(keyHash);
    // Before the statement: what is revoked while it runs may or may not be in its answer.
    const readAtMs = this.#nowMs();
    if (cached && readAtMs - cached.readAtMs < FRESH_MS) return cached.record;
    const record = await read();
    if (!record) {
      this.#cached.delete(keyHash);
      return undefined;
    }
    // A change in this process during the statement has put a newer record there.
    const newer = this.#cached.get(keyHash);
    if (newer && newer.readAtMs >= readAtMs && newer !== cached) return newer.record;
    this.remember(record, readAtMs);
    return record;
  }

  remember(record: R, readAtMs = this.#nowMs()): void {
    this.#cached.delete(record.keyHash);
    this.#cached.set(record.keyHash, { record, readAtMs });
    const [oldest] = this.#cached.keys();
    if (this.#cached.size > MAX_CACHED && oldest !== undefined) this.#cached.delete(oldest);
  }

  /** A change of ours to what was read, unless it was read or changed again meanwhile. */
  amend(before: R, after: R): void {
    const cached = this.#cached.get(before.keyHash);
    if (cached?.record === before) this.#cached.set(before.keyHash, { ...cached, record: after });
  }
}
