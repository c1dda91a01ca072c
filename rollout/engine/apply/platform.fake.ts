import { isDeepStrictEqual } from 'node:util';
import type { Clock } from 'base/clock.ts';
import { fail } from '../error-codes.ts';
import type { Effect } from '../plan/effect.ts';
import type { Have, Revision, ServedTarget, ServiceRef, TrafficTarget } from '../plan/have.ts';
import type { Platform } from './platform.ts';

interface FakeService {
  readonly ref: ServiceRef;
  version: number;
  traffic: readonly TrafficTarget[];
  served: readonly TrafficTarget[];
  revisions: readonly Omit<Revision, 'retired'>[];
  annotations: Readonly<Record<string, string>>;
  changedBy: Have['changedBy'];
  isFailed: boolean;
}

interface Operation {
  readonly key: string;
  readonly effect: Effect;
  /** Infinity: it never ends. */
  readonly endMs: number;
  state: 'running' | 'done' | 'failed';
}

/** Trouble that tests order. */
export interface PlatformFaults {
  /** Effects whose operations never end. */
  isStuck: (effect: Effect) => boolean;
  /** Revisions that never become ready. */
  isBroken: (revision: string, image: string) => boolean;
}

/** A small Cloud Run in memory: writes bump the etag at once and are in force a little later. */
export class FakePlatform implements Platform {
  readonly faults: PlatformFaults = { isStuck: () => false, isBroken: () => false };
  readonly #clock: Clock;
  readonly #operationMs: number;
  readonly #services = new Map<string, FakeService>();
  readonly #operations: Operation[] = [];

  constructor(clock: Clock, operationMs = 1000) {
    this.#clock = clock;
    this.#operationMs = operationMs;
  }

  async readService(ref: ServiceRef): Promise<Have | null> {
    this.#settle();
    const service = this.#services.get(keyOf(ref));
    return service === undefined ? null : this.#describe(service);
  }

  async listServices(scope: Omit<ServiceRef, 'service'>): Promise<readonly string[]> {
    const prefix = keyOf({ ...scope, service: '' });
    return [...this.#services.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  async begin(ref: ServiceRef, effect: Effect, etag: string | null): Promise<string> {
    this.#settle();
    const service = this.#services.get(keyOf(ref));
    if (effect.kind === 'createService') {
      if (service) throw fail('service_exists', `${ref.service} is there already`);
      this.#services.set(keyOf(ref), this.#create(ref, effect));
    } else {
      if (!service) throw fail('service_absent', `there is no ${ref.service}`);
      if (etag !== etagOf(service)) throw fail('etag_stale', `the etag is ${etagOf(service)}`);
      this.#write(service, effect);
    }
    return this.#enqueue(keyOf(ref), effect);
  }

  async finish(name: string, deadline: Date, signal?: AbortSignal): Promise<void> {
    const operation = this.#operations[Number(name.split('/').at(-1))];
    if (!operation) throw fail('operation_unknown', `there is no ${name}`);
    const untilMs = Math.min(operation.endMs, deadline.getTime());
    const waitMs = untilMs - this.#clock.now().getTime();
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    this.#settle();
    if (operation.state === 'failed') throw fail('operation_failed', 'the revision is not ready');
    if (operation.state === 'running') throw fail('operation_overdue', `${name} is not done`);
  }

  async close(): Promise<void> {}

  /** What a person does in the console. */
  change(ref: ServiceRef, who: string, traffic: readonly TrafficTarget[]): void {
    const service = this.#services.get(keyOf(ref));
    if (!service) throw fail('service_absent', `there is no ${ref.service}`);
    Object.assign(service, { traffic, served: traffic, version: service.version + 1 });
    service.changedBy = { who, client: 'console', at: this.#clock.now().toISOString() };
  }

  /** Of the traffic in force right now; for whoever watches from outside. */
  servedNow(ref: ServiceRef): readonly TrafficTarget[] {
    this.#settle();
    return this.#services.get(keyOf(ref))?.served ?? [];
  }

  #create(ref: ServiceRef, effect: Extract<Effect, { kind: 'createService' }>): FakeService {
    const { revision, tag, template, annotations } = effect;
    const traffic = [{ revision, percent: 100, tag }];
    return {
      ref,
      version: 1,
      traffic,
      served: [],
      revisions: [this.#newRevision(revision, template.image)],
      annotations,
      changedBy: this.#ourselves(),
      isFailed: false,
    };
  }

  #write(service: FakeService, effect: Exclude<Effect, { kind: 'createService' }>): void {
    const before = { ...service };
    const names = new Set(service.revisions.map(({ name }) => name));
    if (effect.kind === 'deployRevision') {
      if (names.has(effect.revision)) throw fail('revision_exists', effect.revision);
      names.add(effect.revision);
    }
    if ('traffic' in effect) refuseBadTraffic(effect.traffic, names);
    switch (effect.kind) {
      case 'deployRevision': {
        const revision = this.#newRevision(effect.revision, effect.template.image);
        service.revisions = [revision, ...service.revisions];
        service.traffic = effect.traffic;
        break;
      }
      case 'moveTraffic':
        service.traffic = effect.traffic;
        break;
      case 'annotate':
        service.annotations = merge(service.annotations, effect.annotations);
        break;
      case 'deleteRevision':
        this.#delete(service, effect.revision);
    }
    // Deleting a revision is no write to the service, and neither is one that changes nothing.
    if (isDeepStrictEqual(before, { ...service, revisions: before.revisions })) return;
    service.version++;
    service.changedBy = this.#ourselves();
  }

  #delete(service: FakeService, revision: string): void {
    const found = this.#describe(service).revisions.find(({ name }) => name === revision);
    if (!found) throw fail('revision_absent', `there is no ${revision}`);
    if (!found.retired) throw fail('effect_refused', `${revision} is in use`);
    service.revisions = service.revisions.filter(({ name }) => name !== revision);
  }

  #newRevision(name: string, image: string): Omit<Revision, 'retired'> {
    return { name, createdAt: this.#clock.now().toISOString(), image, state: 'pending' };
  }

  #ourselves(): Have['changedBy'] {
    return { who: 'rollout@test', client: 'rollout', at: this.#clock.now().toISOString() };
  }

  #enqueue(key: string, effect: Effect): string {
    const endMs = this.faults.isStuck(effect)
      ? Infinity
      : this.#clock.now().getTime() + this.#operationMs;
    this.#operations.push({ key, effect, endMs, state: 'running' });
    return `projects/p/operations/${this.#operations.length - 1}`;
  }

  /** Ends the operations whose time has come. */
  #settle(): void {
    const nowMs = this.#clock.now().getTime();
    for (const operation of this.#operations) {
      if (operation.state !== 'running' || operation.endMs > nowMs) continue;
      const service = this.#services.get(operation.key);
      operation.state = service && this.#end(service, operation.effect) ? 'done' : 'failed';
    }
  }

  #end(service: FakeService, effect: Effect): boolean {
    if (effect.kind === 'createService' || effect.kind === 'deployRevision') {
      const isBroken = this.faults.isBroken(effect.revision, effect.template.image);
      const message = 'The container did not listen on its port in time.';
      service.revisions = service.revisions.map((revision) => {
        if (revision.name !== effect.revision) return revision;
        return { ...revision, ...(isBroken ? { state: 'failed', message } : { state: 'ready' }) };
      });
      service.isFailed = isBroken;
      if (isBroken) return false;
    }
    service.served = service.traffic;
    return true;
  }

  #describe(service: FakeService): Have {
    const isMoving = this.#operations.some(
      ({ key, state, endMs }) => key === keyOf(service.ref) && state === 'running' && endMs > 0,
    );
    const used = new Set([...service.traffic, ...service.served].map(({ revision }) => revision));
    return {
      ref: service.ref,
      etag: etagOf(service),
      url: `https://${service.ref.service}.test`,
      state: isMoving ? 'reconciling' : settledState(service),
      traffic: service.traffic,
      served: service.served.map((target) => withUrl(target, service.ref.service)),
      revisions: service.revisions.map((one) => ({ ...one, retired: !used.has(one.name) })),
      annotations: service.annotations,
      changedBy: service.changedBy,
      sessionAffinity: false,
    };
  }
}

function keyOf({ project, region, service }: ServiceRef): string {
  return `${project}/${region}/${service}`;
}

function etagOf({ version }: FakeService): string {
  return `"${version}"`;
}

function settledState({ isFailed }: FakeService): Have['state'] {
  return isFailed ? 'failed' : 'ready';
}

function withUrl(target: TrafficTarget, service: string): ServedTarget {
  if (target.tag === undefined) return target;
  return { ...target, url: `https://${target.tag}---${service}.test` };
}

function merge(
  annotations: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = Object.entries({ ...annotations, ...changes });
  return Object.fromEntries(merged.filter((pair): pair is [string, string] => pair[1] !== null));
}

function refuseBadTraffic(traffic: readonly TrafficTarget[], names: ReadonlySet<string>): void {
  const sum = traffic.reduce((total, { percent }) => total + percent, 0);
  if (sum !== 100) throw fail('effect_refused', `the percentages sum to ${sum}, not 100`);
  for (const { revision } of traffic) {
    if (revision !== null && !names.has(revision)) {
      throw fail('effect_refused', `there is no revision ${revision}`);
    }
  }
}
