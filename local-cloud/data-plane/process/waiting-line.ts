import type { Instance } from './instance.ts';

/** Why a request gets no instance. `closed`: the revision is being removed, another may serve it. */
export type Refusal = 'closed' | 'failed' | 'busy';

export class NoInstance extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`no instance: ${refusal}`);
    this.refusal = refusal;
  }
}

interface Waiter {
  readonly serve: (instance: Instance) => void;
  readonly refuse: (reason: Error) => void;
}

interface WaitingRules {
  readonly maxWaitMs: number;
  /** An instance is on its way: nobody is sent away meanwhile. */
  readonly isStarting: () => boolean;
}

/** Requests that wait for an instance, first come, first served. */
export class WaitingLine {
  readonly #rules: WaitingRules;
  readonly #waiters = new Set<Waiter>();

  constructor(rules: WaitingRules) {
    this.#rules = rules;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** @throws NoInstance, or the signal's reason */
  enter(signal: AbortSignal): Promise<Instance> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        clearInterval(patience);
        signal.removeEventListener('abort', abort);
      };
      const refuse = (reason: Error): void => {
        leave();
        reject(reason);
      };
      const serve = (instance: Instance): void => {
        leave();
        resolve(instance);
      };
      const abort = (): void => refuse(signal.reason as Error);
      const patience = setInterval(() => {
        if (!this.#rules.isStarting()) refuse(new NoInstance('busy'));
      }, this.#rules.maxWaitMs);
      const waiter = { serve, refuse };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', abort);
    });
  }

  serve(instance: Instance): void {
    const [first] = this.#waiters;
    first?.serve(instance);
  }

  refuse(refusal: Refusal): void {
    for (const waiter of this.#waiters) waiter.refuse(new NoInstance(refusal));
  }
}
