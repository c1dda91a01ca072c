import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { fail } from '../../engine/error-codes.ts';
import { HAND_BACK } from '../../engine/run/execute/hand-back.ts';
import { QUEUES } from '../../engine/pipeline/spec/queue-spec.ts';
import type { QueueName } from '../../engine/pipeline/spec/queue-spec.ts';
import type { Claim, RunQueue } from '../../engine/run/run-queue.ts';
import { GROW_AFTER_MS, growPlaces, settlePlaces } from '../../engine/run/queue/worker-places.ts';
import type { PlaceRange, Places } from '../../engine/run/queue/worker-places.ts';

export interface WorkerDeps {
  readonly queue: RunQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Carries a claim to its end; throws only what nobody foresaw. */
  execute(claim: Claim, signal: AbortSignal): Promise<void>;
}

export interface WorkerOptions {
  readonly name: string;
  /** Absent: all. */
  readonly queues?: readonly QueueName[] | undefined;
  /** Runs at a time: more than `min` only while all places are taken and more runs wait. */
  readonly places: PlaceRange;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Takeovers after which a run that kills its workers is given up. */
  readonly maxAttempts: number;
  /** How long a run may take to end once it was told to stop; then it is handed back all the same. */
  readonly graceMs: number;
}

interface Held {
  readonly claim: Claim;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Takes runs from the queue and executes them until it is stopped. A run whose lease is lost, or
 * whose cancel was asked, is aborted with that error as the reason of its signal.
 */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #options: WorkerOptions;
  /** By fence: a run may be taken anew while an older claim of it, whose lease was lost, ends. */
  readonly #held = new Map<bigint, Held>();
  readonly #stopping = new AbortController();
  /** Aborted when a run ends, so that its place is filled at once. */
  #nudge = new AbortController();
  #places: Places;
  #leasesEndMs = Infinity;
  #beatAtMs = 0;
  #rang = false;
  #reapAtMs = 0;
  /** Who asked to look for work, and waits until there is none. */
  readonly #waking = new Set<(isIdle: boolean) => void>();
  #done: Promise<void> | null = null;

  constructor(deps: WorkerDeps, options: WorkerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#places = { size: options.places.min, fullSinceMs: null };
  }

  start(): void {
    this.#done = this.#work();
  }

  /**
   * Looks for work at once. True as soon as a look found none and nothing is held; false when that
   * was not so before the abort, or the worker was told to stop.
   */
  wake(signal: AbortSignal): Promise<boolean> {
    const over = AbortSignal.any([signal, this.#stopping.signal]);
    if (over.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (isIdle: boolean) => {
        this.#waking.delete(done);
        resolve(isIdle);
      };
      this.#waking.add(done);
      over.addEventListener('abort', () => done(false), { once: true });
      this.#nudge.abort();
    });
  }

  /**
   * Takes no new run, hands unfinished ones back and resolves when nothing is held any more: at the
   * latest `graceMs` later, also when a step does not hear that it shall stop. What such a step still
   * writes is refused, since its fence is old as soon as another worker takes the run.
   */
  async stop(): Promise<void> {
    const { queue, clock, log } = this.#deps;
    this.#stopping.abort();
    for (const { abort } of this.#held.values()) abort.abort(HAND_BACK);
    const late = new AbortController();
    await Promise.race([
      this.#done,
      clock.sleep(this.#options.graceMs, late.signal).catch(() => {}),
    ]);
    late.abort();
    const deaf = [...this.#held.values()].map((run) => run.claim);
    if (deaf.length > 0) log.warn('runs did not stop in time', { runs: deaf.map(runIdOf) });
    await Promise.allSettled(deaf.map((claim) => queue.releaseRun(claim)));
    await queue.signOut(this.#options.name).catch((error: unknown) => {
      log.warn('the worker stays on the list of workers', { error });
    });
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#nudge = new AbortController();
      const waking = [...this.#waking];
      try {
        await this.#keepLeases();
        await this.#reapOrphans();
        await this.#takeRuns();
        if (this.#held.size === 0) for (const done of waking) done(true);
      } catch (error) {
        this.#deps.log.error('the queue cannot be reached', { error });
        this.#abandonExpired();
      }
      await this.#rest();
    }
    await Promise.all([...this.#held.values()].map((run) => run.ended));
  }

  async #keepLeases(): Promise<void> {
    const { queue, clock } = this.#deps;
    const nowMs = clock.now().getTime();
    if (this.#held.size === 0 || (nowMs < this.#beatAtMs && !this.#rang)) return;
    const claims = [...this.#held.values()].map((run) => run.claim);
    const leasesEndMs = nowMs + this.#options.leaseMs;
    this.#beatAtMs = nowMs + this.#options.heartbeatMs;
    const beat = await queue.heartbeat(this.#options.name, claims, this.#options.leaseMs);
    this.#leasesEndMs = leasesEndMs;
    for (const runId of beat.lost) this.#abort(runId, fail('lease_lost', 'another worker took it'));
    for (const runId of beat.cancelled) this.#abort(runId, fail('cancelled', 'it was cancelled'));
  }

  async #reapOrphans(): Promise<void> {
    const nowMs = this.#deps.clock.now().getTime();
    if (nowMs < this.#reapAtMs) return;
    this.#reapAtMs = nowMs + 2 * this.#options.heartbeatMs;
    const { name: worker, queues = QUEUES, places, maxAttempts } = this.#options;
    const sheet = { worker, queues, places };
    const reaped = await this.#deps.queue.reapOrphans(maxAttempts, sheet);
    if (reaped.length > 0) this.#deps.log.warn('took runs from lost workers', { runs: reaped });
  }

  async #takeRuns(): Promise<void> {
    const { name, leaseMs, queues, places } = this.#options;
    const nowMs = this.#deps.clock.now().getTime();
    this.#places = growPlaces(this.#places, places, nowMs);
    const limit = this.#places.size - this.#held.size;
    if (limit <= 0) return;
    const options = { limit, leaseMs, ...(queues && { queues }) };
    const claims = await this.#deps.queue.claimRuns(name, options);
    if (this.#held.size === 0) this.#leasesEndMs = nowMs + leaseMs;
    for (const claim of claims) this.#hold(claim);
    this.#places = settlePlaces(this.#places, places, { held: this.#held.size, nowMs });
  }

  #hold(claim: Claim): void {
    const abort = new AbortController();
    if (this.#stopping.signal.aborted) abort.abort(HAND_BACK);
    const ended = this.#deps
      .execute(claim, abort.signal)
      .catch((error: unknown) => {
        // Its lease ends and the run is taken again, here or elsewhere.
        this.#deps.log.error('a run was left unfinished', { run_id: claim.run.runId, error });
      })
      .finally(() => {
        this.#held.delete(claim.fence);
        this.#nudge.abort();
      });
    this.#held.set(claim.fence, { claim, abort, ended });
  }

  /** Without heartbeats others may take the runs: go on, and two workers would do the same. */
  #abandonExpired(): void {
    if (this.#deps.clock.now().getTime() < this.#leasesEndMs) return;
    const reason = fail('lease_lost', 'the lease ended while the queue could not be reached');
    for (const { abort } of this.#held.values()) abort.abort(reason);
  }

  #abort(runId: string, reason: Error): void {
    for (const { claim, abort } of this.#held.values()) {
      if (claim.run.runId === runId) abort.abort(reason);
    }
  }

  async #rest(): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, this.#nudge.signal]);
    this.#rang = false;
    try {
      await this.#deps.queue.waitForBell(this.#restMs(), signal);
      this.#rang = !signal.aborted;
    } catch (error) {
      if (signal.aborted) return;
      this.#deps.log.error('the doorbell is silent', { error });
      await this.#deps.clock.sleep(1000, signal).catch(() => {});
    }
  }

  /** A worker that may grow looks sooner whether more waits. */
  #restMs(): number {
    const { heartbeatMs, places } = this.#options;
    const { size, fullSinceMs } = this.#places;
    const mayGrow = fullSinceMs !== null && size < places.max;
    return mayGrow ? Math.min(heartbeatMs, GROW_AFTER_MS) : heartbeatMs;
  }
}

function runIdOf(claim: Claim): string {
  return claim.run.runId;
}
