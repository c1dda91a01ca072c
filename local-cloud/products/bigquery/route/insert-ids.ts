const KEPT_MS = 60_000;

/** Ids of streamed rows, remembered for a minute, as BigQuery does at least; a restart forgets them. */
export class InsertIds {
  readonly #seen = new Map<string, number>();

  isNew(id: string, now: Date): boolean {
    for (const [old, seenAt] of this.#seen) {
      if (now.getTime() - seenAt < KEPT_MS) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, now.getTime());
    return true;
  }
}
