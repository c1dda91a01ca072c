import { deliver, LEASE_MS } from '../../../engine/event/deliver.ts';
import type { DeliverDeps } from '../../../engine/event/deliver.ts';
import type { SinkLease } from '../../../engine/event/event-outbox.ts';
import { route } from '../../../engine/event/route.ts';
import type { RouteDeps } from '../../../engine/event/route.ts';

export type RelayDeps = DeliverDeps & RouteDeps;

const POLL_MS = 500;
/** Sinks that this process sends to side by side; a slow one has only its own place. */
const MAX_SINKS = 64;
const STOP_MS = 5_000;
const SWEEP_EVERY_MS = 3_600_000;
const KEEP_DELIVERED_MS = 7 * 24 * 3_600_000;
const KEEP_DEAD_MS = 30 * 24 * 3_600_000;

/**
 * Brings events from the outbox to their sinks until it is stopped. Any number of processes may: one
 * at a time routes a page, and one at a time sends to a sink.
 */
export class EventRelay {
  readonly #deps: RelayDeps;
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #sweepAtMs = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#done = this.#work();
  }

  /**
   * Sends what there is, for a few seconds: a platform may live for one command only, and its run has
   * ended just now. What is not settled by then is sent again by whoever starts next.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const over = new AbortController();
    const patience = this.#deps.clock.sleep(STOP_MS, over.signal).catch(() => {});
    await Promise.race([this.#finish(), patience]);
    over.abort();
    this.#ending.abort();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#pass();
      await this.#deps.clock.sleep(POLL_MS, signal).catch(() => {});
    }
  }

  async #finish(): Promise<void> {
    await this.#done;
    await this.#pass();
    await Promise.all(this.#sending);
  }

  async #pass(): Promise<void> {
    try {
      await route(this.#deps, this.#ending.signal);
      await this.#lease();
      await this.#sweep();
    } catch (error) {
      this.#deps.log.error('events could not be passed on', { error });
    }
  }

  async #lease(): Promise<void> {
    const places = MAX_SINKS - this.#sending.size;
    if (places <= 0) return;
    for (const lease of await this.#deps.outbox.leaseSinks(places, LEASE_MS)) {
      const sending = this.#send(lease).finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  async #send(lease: SinkLease): Promise<void> {
    const { log } = this.#deps;
    await deliver(lease, this.#ending.signal, this.#deps).catch((error: unknown) => {
      // The lease ends, and what was not settled is sent again.
      log.error('a sink was left', { sink_id: lease.sink.sinkId, error });
    });
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#deps.clock.now().getTime();
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + SWEEP_EVERY_MS;
    const ago = (ms: number) => new Date(nowMs - ms);
    await this.#deps.outbox.sweep({ delivered: ago(KEEP_DELIVERED_MS), dead: ago(KEEP_DEAD_MS) });
  }
}
