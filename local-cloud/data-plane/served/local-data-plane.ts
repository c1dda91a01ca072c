import { inspect } from 'node:util';
import type {
  Counter,
  DataPlane,
  DesiredService,
  RevisionFault,
  RevisionStatus,
  ServiceStatus,
} from '../data-plane.ts';
import { checkDesired } from './check-desired.ts';
import { fail } from '../data-plane-error.ts';
import { toCounter } from '../counter/counter-sum.ts';
import type { CounterSum } from '../counter/counter-sum.ts';
import { ProcessRecords } from '../process/process-record.ts';
import { ServiceHost } from './service-host.ts';
import type { ServiceHostDeps } from './service-host.ts';
import { PlaneStore } from '../state/plane-store.ts';
import type { Faults } from '../state/plane-store.ts';
import { createSecretReader } from '../state/read-secret.ts';

export interface DataPlaneSettings {
  /** An instance above the minimum ends after this long without a request; 15 min by default. */
  readonly idleMs: number;
  /** From SIGTERM to SIGKILL; 10 s by default, as Cloud Run. */
  readonly graceMs: number;
}

export const DEFAULT_SETTINGS: DataPlaneSettings = { idleMs: 15 * 60_000, graceMs: 10_000 };

const TIDY_EVERY_MS = 500;
const REMOVE_OLD_EVERY_MS = 3_600_000;

/** The data plane itself, in this process, which must hold the lock of the folder. */
export class LocalDataPlane implements DataPlane {
  readonly #store: PlaneStore;
  readonly #deps: ServiceHostDeps;
  readonly #services = new Map<string, ServiceHost>();
  readonly #timers: readonly NodeJS.Timeout[];
  #faults: Faults = {};

  private constructor(folder: string, settings: DataPlaneSettings) {
    this.#store = new PlaneStore(folder);
    const records = new ProcessRecords(folder);
    const faultOf = (key: string, revision: string) => this.#faults[key]?.[revision] ?? {};
    const readSecret = createSecretReader(folder);
    this.#deps = { folder, store: this.#store, records, faultOf, readSecret, ...settings };
    this.#timers = [
      setInterval(() => this.#tidy(), Math.min(TIDY_EVERY_MS, settings.idleMs / 2)),
      setInterval(() => this.#removeOld(), REMOVE_OLD_EVERY_MS),
    ];
  }

  /** Ends what a dead data plane left behind, and serves again what it served. */
  static async open(folder: string, settings: DataPlaneSettings): Promise<LocalDataPlane> {
    const plane = new LocalDataPlane(folder, settings);
    // Their ports are new ones, so nobody has to wait for the old processes to end.
    const leftovers = plane.#deps.records.takeLeftovers();
    void leftovers.end(settings.graceMs);
    plane.#faults = await plane.#store.readFaults();
    const kept = await plane.#store.readServices();
    const services = kept.map((service) => new ServiceHost(service, plane.#deps));
    for (const service of services) plane.#services.set(service.key, service);
    await Promise.all(services.map((service) => service.resume()));
    return plane;
  }

  async applyService(desired: DesiredService): Promise<void> {
    checkDesired(desired);
    const known = this.#services.get(desired.key);
    const service = known ?? new ServiceHost({ desired, ports: {}, proofs: {} }, this.#deps);
    this.#services.set(desired.key, service);
    await service.apply(desired);
  }

  async removeService(key: string): Promise<void> {
    const service = this.#services.get(key);
    this.#services.delete(key);
    await service?.remove();
    await this.#saveFaults({ ...this.#faults, [key]: {} });
  }

  async describeService(key: string): Promise<ServiceStatus | null> {
    return this.#services.get(key)?.describe() ?? null;
  }

  async awaitRevision(key: string, revision: string, signal: AbortSignal): Promise<RevisionStatus> {
    const fleet = this.#find(key).fleet(revision);
    if (!fleet) throw noRevision(key, revision);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      await Promise.race([fleet.proved, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    if (this.#services.get(key)?.fleet(revision) !== fleet) throw noRevision(key, revision);
    return fleet.describe();
  }

  async readCounters(key: string, from: number, to: number): Promise<readonly Counter[]> {
    return (await this.readSums(key, from, to)).map(toCounter);
  }

  /** As `readCounters`, a tenth as long: what goes over the wire keeps requests from being served. */
  async readSums(key: string, from: number, to: number): Promise<readonly CounterSum[]> {
    return this.#find(key).counters.read(from, to);
  }

  async setFault(key: string, revision: string, fault: RevisionFault): Promise<void> {
    const faults = { ...this.#faults[key], [revision]: fault };
    await this.#saveFaults({ ...this.#faults, [key]: faults });
    const fleet = this.#services.get(key)?.fleet(revision);
    if (fleet) fleet.fault = fault;
  }

  /** Ends all processes; what is desired stays on disk. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#services.values()].map((service) => service.close()));
  }

  #find(key: string): ServiceHost {
    const service = this.#services.get(key);
    if (!service) throw fail('service_absent', `The data plane serves no '${key}'.`);
    return service;
  }

  async #saveFaults(faults: Faults): Promise<void> {
    await this.#store.saveFaults(faults);
    this.#faults = faults;
  }

  #tidy(): void {
    for (const service of this.#services.values()) {
      try {
        service.tidy();
      } catch (error) {
        // A full disk must not end what serves; what could not be written is tried again.
        process.stderr.write(`${service.key}: ${inspect(error)}\n`);
      }
    }
  }

  #removeOld(): void {
    for (const service of this.#services.values()) service.counters.removeOld();
  }
}

function noRevision(key: string, revision: string): Error {
  return fail('revision_absent', `Service '${key}' has no revision '${revision}'.`);
}
