import { join } from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { CounterBook } from '../counter/counter-book.ts';
import type {
  DesiredRevision,
  DesiredService,
  RevisionFault,
  ServiceStatus,
} from '../data-plane.ts';
import type { ProcessRecords } from '../process/process-record.ts';
import { RevisionFleet } from '../process/revision-fleet.ts';
import { MAIN_DOOR, ServiceRouter } from '../router/service-router.ts';
import type { KeptService, PlaneStore, Proof } from '../state/plane-store.ts';
import type { ReadSecret } from '../state/read-secret.ts';

export interface ServiceHostDeps {
  readonly folder: string;
  readonly store: PlaneStore;
  readonly records: ProcessRecords;
  readonly idleMs: number;
  readonly graceMs: number;
  readonly faultOf: (key: string, revision: string) => RevisionFault;
  readonly readSecret: ReadSecret;
}

/** One service as it is served: its doors, its revisions and its counters. */
export class ServiceHost {
  readonly key: string;
  readonly counters: CounterBook;
  readonly #deps: ServiceHostDeps;
  readonly #router: ServiceRouter;
  readonly #draining = new Set<Promise<void>>();
  #fleets: ReadonlyMap<string, RevisionFleet> = new Map();
  #kept: KeptService;
  /** Writes and changes, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(kept: KeptService, deps: ServiceHostDeps) {
    this.key = kept.desired.key;
    this.#kept = kept;
    this.#deps = deps;
    this.counters = new CounterBook(join(deps.folder, 'counters', encodeURIComponent(this.key)));
    this.#router = new ServiceRouter(this.counters);
  }

  /** Writes down what is desired, then makes it so; resolves when the router follows it. */
  apply(desired: DesiredService): Promise<void> {
    return this.#inTurn(async () => {
      await this.#keep({ ...this.#kept, desired, proofs: this.#proofsFor(desired) });
      await this.#follow();
    });
  }

  /** Serves again what was desired before this process began. */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#follow();
      for (const { revision, percent } of this.#kept.desired.traffic)
        if (percent > 0) this.#fleets.get(revision)?.warm();
    });
  }

  /** For good; resolves when nobody can reach it, while its last requests may still run. */
  remove(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#deps.store.removeService(this.key);
      this.#leave((fleet) => fleet.revision.timeoutMs);
    });
  }

  /** Until the next data plane; resolves when all its processes are gone. */
  async close(): Promise<void> {
    await this.#inTurn(async () => this.#leave(() => this.#deps.graceMs));
    await Promise.all(this.#draining);
    this.counters.flush();
  }

  describe(): ServiceStatus {
    const tags = this.#kept.desired.traffic.flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
    return {
      url: this.#router.url(MAIN_DOOR) ?? '',
      tagUrls: Object.fromEntries(tags.map((tag) => [tag, this.#router.url(tag) ?? ''])),
      revisions: [...this.#fleets.values()].map((fleet) => fleet.describe()),
    };
  }

  fleet(revision: string): RevisionFleet | undefined {
    return this.#fleets.get(revision);
  }

  /** Called every now and then. */
  tidy(): void {
    this.counters.flush();
    for (const fleet of this.#fleets.values()) fleet.tidy();
  }

  async #follow(): Promise<void> {
    const { desired, ports } = this.#kept;
    const { traffic } = desired;
    const doors = [MAIN_DOOR, ...traffic.flatMap(({ tag }) => (tag === undefined ? [] : [tag]))];
    const opened = { ...ports, ...(await this.#router.openDoors(doors, ports)) };
    if (!isDeepStrictEqual(opened, ports)) await this.#keep({ ...this.#kept, ports: opened });
    const before = this.#fleets;
    this.#fleets = new Map(desired.revisions.map((one) => [one.name, this.#fleetFor(one)]));
    for (const fleet of this.#fleets.values()) fleet.setMin(minInstances(fleet.revision, desired));
    this.#router.route(traffic, this.#fleets);
    this.#router.closeDoorsExcept(doors);
    const kept = new Set(this.#fleets.values());
    for (const fleet of before.values()) if (!kept.has(fleet)) this.#drain(fleet);
  }

  /** The running one, unless it changed. */
  #fleetFor(revision: DesiredRevision): RevisionFleet {
    const running = this.#fleets.get(revision.name);
    if (running && isDeepStrictEqual(running.revision, revision)) return running;
    const { folder, records, idleMs, graceMs, faultOf, readSecret } = this.#deps;
    const logFolder = join(folder, 'logs', encodeURIComponent(this.key));
    return new RevisionFleet({
      service: this.key.split('/').at(-1) ?? this.key,
      revision,
      proof: this.#kept.proofs[revision.name],
      fault: faultOf(this.key, revision.name),
      deps: { logFolder, records, idleMs, graceMs, readSecret },
      onProof: (proof) => this.#onProof(revision, proof),
    });
  }

  async #onProof({ name }: DesiredRevision, proof: Proof): Promise<void> {
    try {
      await this.#inTurn(async () => {
        if (this.#isClosed || !this.#fleets.has(name)) return;
        await this.#keep({ ...this.#kept, proofs: { ...this.#kept.proofs, [name]: proof } });
      });
    } catch (error) {
      // It serves all the same; the next data plane proves the revision again.
      process.stderr.write(`${this.key}: ${inspect(error)}\n`);
    }
  }

  /** A revision that comes again with another content is proved again. */
  #proofsFor(desired: DesiredService): KeptService['proofs'] {
    const same = desired.revisions.filter((revision) =>
      this.#kept.desired.revisions.some((before) => isDeepStrictEqual(before, revision)),
    );
    const { proofs } = this.#kept;
    return Object.fromEntries(
      same.flatMap(({ name }) => (proofs[name] ? [[name, proofs[name]]] : [])),
    );
  }

  #leave(drainMs: (fleet: RevisionFleet) => number): void {
    this.#isClosed = true;
    this.#router.closeDoorsExcept([]);
    this.#router.route([], new Map());
    for (const fleet of this.#fleets.values()) this.#drain(fleet, drainMs(fleet));
  }

  #drain(fleet: RevisionFleet, maxMs = fleet.revision.timeoutMs): void {
    const drained = fleet.drain(maxMs).finally(() => {
      this.#draining.delete(drained);
    });
    this.#draining.add(drained);
  }

  async #keep(kept: KeptService): Promise<void> {
    await this.#deps.store.saveService(kept);
    this.#kept = kept;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** Of a revision that nobody can reach, none; the service's own are spread by traffic. */
function minInstances({ name, minInstances }: DesiredRevision, desired: DesiredService): number {
  const targets = desired.traffic.filter(({ revision }) => revision === name);
  const percent = targets.reduce((sum, target) => sum + target.percent, 0);
  const share = Math.ceil((desired.minInstances * percent) / 100);
  return targets.length === 0 ? 0 : Math.max(minInstances, share);
}
