interface Lock {
  holder: object;
  readonly waiting: (() => void)[];
}

/** Who may change or delete rows of which table. To add rows takes no lock. */
export class TableLocks {
  readonly #locks = new Map<number, Lock>();
  readonly #changedAt = new Map<number, number>();

  tryLock(key: number, holder: object): boolean {
    const lock = this.#locks.get(key);
    if (lock) return lock.holder === holder;
    this.#locks.set(key, { holder, waiting: [] });
    return true;
  }

  /** Waits in line: DML outside of transactions is queued, not refused. */
  async lock(key: number, holder: object): Promise<void> {
    while (!this.tryLock(key, holder))
      await new Promise<void>((resolve) => this.#locks.get(key)?.waiting.push(resolve));
  }

  releaseAll(holder: object): void {
    for (const [key, lock] of this.#locks) {
      if (lock.holder !== holder) continue;
      this.#locks.delete(key);
      for (const wake of lock.waiting) wake();
    }
  }

  /** The version that last changed or deleted rows since this process began. */
  changedAt(key: number): number {
    return this.#changedAt.get(key) ?? 0;
  }

  noteChange(key: number, version: number): void {
    this.#changedAt.set(key, version);
  }
}
