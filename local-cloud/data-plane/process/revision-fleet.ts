import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DesiredRevision, RevisionFault, RevisionStatus } from '../data-plane.ts';
import type { Proof } from '../state/plane-store.ts';
import type { ReadSecret } from '../state/read-secret.ts';
import { Instance } from './instance.ts';
import { superviseLiveness } from './liveness.ts';
import type { ProcessRecords } from './process-record.ts';
import { WaitingLine } from './waiting-line.ts';
import { wantedInstances } from './wanted-instances.ts';

export interface FleetOrder {
  readonly service: string;
  readonly revision: DesiredRevision;
  readonly proof: Proof | undefined;
  readonly fault: RevisionFault;
  readonly deps: FleetDeps;
  /** The first start came to an end: resolves when that is kept, and never rejects. */
  readonly onProof: (proof: Proof) => Promise<void>;
}

export interface FleetDeps {
  /** Of the logs of all revisions of the service. */
  readonly logFolder: string;
  readonly records: ProcessRecords;
  /** How long an instance above the minimum is kept without a request. */
  readonly idleMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly readSecret: ReadSecret;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** An instance that ran this long did not crash because of how it was started. */
const GOOD_RUN_MS = 10_000;
/** How long a request waits for room, as on Cloud Run; while an instance starts, for that. */
const MAX_WAIT_MS = 10_000;

/** The instances of one revision: as many as its requests need, between its minimum and maximum. */
export class RevisionFleet {
  readonly revision: DesiredRevision;
  fault: RevisionFault;
  readonly #order: FleetOrder;
  readonly #line: WaitingLine;
  readonly #proved = Promise.withResolvers<void>();
  #instances: Instance[] = [];
  #proof: Proof | undefined;
  #min = 0;
  /** Only an idle instance that is ended lowers it, so that one that crashed is replaced. */
  #wanted = 0;
  #crashes = 0;
  #backoff: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(order: FleetOrder) {
    this.revision = order.revision;
    this.fault = order.fault;
    this.#order = order;
    this.#proof = order.proof;
    const isStarting = () => this.#alive().some((one) => !one.isReady);
    this.#line = new WaitingLine({ isStarting, maxWaitMs: MAX_WAIT_MS });
    if (order.proof) this.#proved.resolve();
    else this.#want(1);
  }

  /** Resolves when the first start came to an end and that was kept, at once when it did before. */
  get proved(): Promise<void> {
    return this.#proved.promise;
  }

  describe(): RevisionStatus {
    const { name } = this.revision;
    const instances = this.#instances.filter(({ isReady }) => isReady).length;
    const state = this.#stateOf(instances);
    const message = this.#proof?.message;
    return { name, state, instances, ...(message === undefined ? {} : { message }) };
  }

  /** An instance with room for a request, which is counted on it at once; `giveBack` ends that. */
  take(): Instance | undefined {
    if (this.#isClosed) return undefined;
    let best: Instance | undefined;
    for (const instance of this.#instances) {
      // Among equals the oldest, so that the others can become idle.
      if (instance.isReady && instance.inFlight < (best?.inFlight ?? this.revision.concurrency))
        best = instance;
    }
    if (best) best.inFlight++;
    return best;
  }

  /** As `take`, after waiting for room. @throws NoInstance */
  async takeLater(signal: AbortSignal): Promise<Instance> {
    const place = this.#line.enter(signal);
    if (this.#isClosed) this.#line.refuse('closed');
    else if (this.#proof?.message !== undefined) this.#line.refuse('failed');
    this.#scale();
    return place;
  }

  giveBack(instance: Instance): void {
    instance.inFlight--;
    if (instance.inFlight === 0) instance.idleSinceMs = performance.now();
    this.#serveLine();
  }

  /** A connection to it broke or was refused: it is replaced when it takes no new one either. */
  async doubt(instance: Instance): Promise<void> {
    if (!instance.isReady) return;
    const isAlive = await instance.recheck();
    if (isAlive) this.#serveLine();
    else await instance.stop(this.#order.deps.graceMs);
  }

  setMin(min: number): void {
    this.#min = min;
    if (this.#proof && this.#proof.message === undefined) this.#scale();
  }

  /** Starts an instance although no request asks for one. */
  warm(): void {
    if (this.#proof?.message === undefined) this.#want(1);
  }

  /** Called every now and then: ends an instance that nobody needs, and bounds the logs. */
  tidy(): void {
    for (const instance of this.#instances) instance.boundLog();
    const ready = this.#instances.filter(({ isReady }) => isReady);
    const idleBeforeMs = performance.now() - this.#order.deps.idleMs;
    const spare = ready.findLast((one) => one.inFlight === 0 && one.idleSinceMs < idleBeforeMs);
    if (!spare || ready.length <= this.#min) return;
    this.#wanted = Math.max(this.#min, ready.length - 1);
    void spare.stop(this.#order.deps.graceMs);
  }

  /** Takes no more requests, lets those that run finish, then ends all instances. */
  async drain(maxMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#backoff);
    this.#proved.resolve();
    this.#line.refuse('closed');
    const untilMs = performance.now() + maxMs;
    await Promise.all(this.#instances.map((instance) => this.#retire(instance, untilMs)));
  }

  async #retire(instance: Instance, untilMs: number): Promise<void> {
    while (instance.inFlight > 0 && performance.now() < untilMs)
      await new Promise((done) => setTimeout(done, 20));
    await instance.stop(this.#order.deps.graceMs);
  }

  #alive(): readonly Instance[] {
    return this.#instances.filter(({ isStopping }) => !isStopping);
  }

  #stateOf(ready: number): RevisionStatus['state'] {
    if (this.#proof?.message !== undefined) return 'failed';
    if (ready > 0) return 'ready';
    const isStarting = !this.#proof || this.#alive().length > 0 || this.#backoff !== undefined;
    return isStarting ? 'starting' : 'idle';
  }

  #want(count: number): void {
    this.#wanted = Math.max(this.#wanted, count);
    this.#scale();
  }

  /** Starts what is missing. */
  #scale(): void {
    if (this.#isClosed || this.#proof?.message !== undefined || this.#backoff) return;
    const running = this.#instances.reduce((sum, { inFlight }) => sum + inFlight, 0);
    const { concurrency, maxInstances } = this.revision;
    const requests = running + this.#line.length;
    const load = { requests, concurrency, maxInstances, minInstances: this.#min };
    this.#wanted = Math.max(this.#wanted, wantedInstances(load));
    while (this.#alive().length < this.#wanted) this.#startOne();
  }

  #startOne(): void {
    const { service, revision, deps } = this.#order;
    const id = `${revision.name}-${randomUUID().slice(0, 8)}`;
    const logFolder = join(deps.logFolder, revision.name);
    const endAtOnce = this.fault.failStart === true;
    const instance = new Instance({
      id,
      service,
      revision,
      logFolder,
      records: deps.records,
      readSecret: deps.readSecret,
      endAtOnce,
    });
    this.#instances.push(instance);
    void this.#accompany(instance);
  }

  async #accompany(instance: Instance): Promise<void> {
    const startedAtMs = performance.now();
    try {
      await instance.start();
      this.#settle({});
      this.#serveLine();
      await superviseLiveness(instance, this.revision.liveness);
    } catch (error) {
      this.#settle({ message: this.#explain(error as Error) });
      if (this.#alive().length === 0) this.#line.refuse('failed');
    }
    await instance.ended;
    this.#instances = this.#instances.filter((one) => one !== instance);
    this.#replace(performance.now() - startedAtMs > GOOD_RUN_MS);
  }

  #explain(error: Error): string {
    return `Revision '${this.revision.name}' is not ready and cannot serve traffic. ${error.message}`;
  }

  /** Only the first start decides about the revision. */
  #settle(proof: Proof): void {
    if (this.#proof || this.#isClosed) return;
    this.#proof = proof;
    void this.#order.onProof(proof).then(this.#proved.resolve);
    this.setMin(this.#min);
  }

  /** After a crash, with a wait that doubles; an instance that was ended on purpose is not wanted. */
  #replace(isGoodRun: boolean): void {
    if (this.#isClosed || this.#alive().length >= this.#wanted) return;
    this.#crashes = isGoodRun ? 0 : this.#crashes + 1;
    const delayMs = this.#crashes < 2 ? 0 : FIRST_BACKOFF_MS * 2 ** (this.#crashes - 2);
    this.#backoff ??= setTimeout(
      () => {
        this.#backoff = undefined;
        this.#scale();
      },
      Math.min(delayMs, MAX_BACKOFF_MS),
    );
  }

  #serveLine(): void {
    while (this.#line.length > 0) {
      const instance = this.take();
      if (!instance) return this.#scale();
      this.#line.serve(instance);
    }
  }
}
