import { AppError } from 'base/error.ts';
import { setTimeout as wait } from 'node:timers/promises';
import type { Operation } from './operation.ts';
import type { RunStore } from './run-store.ts';
import type { ServiceSettler } from './service-settler.ts';

export interface RunnerDeps {
  readonly store: RunStore;
  readonly settler: ServiceSettler;
  /** Whether the fault with this id is still in force. */
  readonly isFaulty: (id: string) => boolean;
  readonly now: () => Date;
}

const LOOK_MS = 100;
const AGAIN_MS = 500;

/** Carries out operations in the background, and those again that a dead control plane left. */
export class OperationRunner {
  readonly #deps: RunnerDeps;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  resume(): void {
    for (const operation of this.#deps.store.operations())
      if (!operation.done) this.begin(operation);
  }

  /** The operation must be stored. */
  begin(operation: Operation): void {
    const run = this.#run(operation).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Its state when it is done, or when the time is over. */
  async wait(name: string, signal: AbortSignal): Promise<Operation | undefined> {
    const { store } = this.#deps;
    const found = store.operation(name);
    if (!found || found.done || signal.aborted) return found;
    const ended = Promise.withResolvers<void>();
    const stop = store.watch((one) => one.name === name && one.done && ended.resolve());
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    await ended.promise;
    stop();
    return store.operation(name);
  }

  /** What runs is given up and resumed by the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #run(operation: Operation): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        if (await this.#suffer(operation)) await this.#perform(operation);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTransient(error)) return this.#fail(operation, error);
        // The data plane is being started again.
        await wait(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** What the operation's fault does to it; false when that ended it. */
  async #suffer({ name, createTime, trouble, task }: Operation): Promise<boolean> {
    const { isFaulty, settler, now } = this.#deps;
    const { signal } = this.#closing;
    if (trouble === undefined) return true;
    const leftMs = Date.parse(createTime) + trouble.delayMs - now().getTime();
    if (trouble.effect === 'slow' && leftMs > 0) await wait(leftMs, undefined, { signal });
    while (trouble.effect === 'stuck' && isFaulty(trouble.fault))
      await wait(LOOK_MS, undefined, { signal });
    if (trouble.effect !== 'fail') return true;
    const { code, message } = trouble;
    await settler.failOperation(name, task, { code, message });
    return false;
  }

  async #perform({ name, task }: Operation): Promise<void> {
    const { settler } = this.#deps;
    const { signal } = this.#closing;
    switch (task.kind) {
      case 'settle':
        return settler.settle(name, task, signal);
      case 'deleteService':
        return settler.deleteService(name, task);
      case 'deleteRevision':
        return settler.deleteRevision(name, task);
    }
  }

  async #fail({ name, task }: Operation, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    await this.#deps.settler.failOperation(name, task, { code: 'INTERNAL', message });
  }
}

/** Also what the data plane does not have: a service that is deleted meanwhile ends at the next try. */
function isTransient(error: unknown): boolean {
  return error instanceof AppError && (error.kind === 'transient' || error.kind === 'absent');
}
