import type { RecordChange, Records } from '../../control-plane/records.ts';
import type { Operation } from './operation.ts';
import type { KeptService } from './resource/resource.ts';

/** Null forgets the service. */
export interface ServiceChange {
  readonly name: string;
  readonly value: KeptService | null;
}

export interface RunChange {
  readonly service?: ServiceChange;
  readonly operation?: Operation;
}

interface Past {
  readonly atMs: number;
  readonly service: KeptService | null;
}

const SERVICE = 'run.service';
const OPERATION = 'run.operation';
const MAX_PASTS = 100;
const MAX_ENDED_OPERATIONS = 1000;

/** Services, revisions and operations: in memory, and on disk before anybody sees a change. */
export class RunStore {
  readonly #records: Records;
  readonly #now: () => Date;
  readonly #services = new Map<string, KeptService>();
  readonly #operations = new Map<string, Operation>();
  /** For the fault of stale reads. */
  readonly #pasts = new Map<string, Past[]>();
  readonly #watchers = new Set<(operation: Operation) => void>();

  constructor(records: Records, now: () => Date) {
    this.#records = records;
    this.#now = now;
    for (const service of records.list<KeptService>(SERVICE))
      this.#services.set(service.resource.name, service);
    for (const operation of records.list<Operation>(OPERATION))
      this.#operations.set(operation.name, operation);
  }

  service(name: string): KeptService | undefined {
    return this.#services.get(name);
  }

  services(): readonly KeptService[] {
    return [...this.#services.values()];
  }

  /** As it was so long ago. */
  pastService(name: string, ageMs: number): KeptService | undefined {
    const atMs = this.#now().getTime() - ageMs;
    const pasts = this.#pasts.get(name) ?? [];
    const past = pasts.findLast((one) => one.atMs <= atMs) ?? pasts[0];
    return past === undefined ? this.#services.get(name) : (past.service ?? undefined);
  }

  operation(name: string): Operation | undefined {
    return this.#operations.get(name);
  }

  operations(): readonly Operation[] {
    return [...this.#operations.values()];
  }

  /** All of it or nothing. */
  write({ service, operation }: RunChange): void {
    const changes: RecordChange[] = [];
    if (service) changes.push({ kind: SERVICE, name: service.name, value: service.value });
    if (operation) changes.push({ kind: OPERATION, name: operation.name, value: operation });
    this.#records.write(changes);
    if (service) this.#set(service.name, service.value);
    if (operation) this.#setOperation(operation);
  }

  forgetOperation(name: string): void {
    this.#records.write([{ kind: OPERATION, name, value: null }]);
    this.#operations.delete(name);
  }

  /** Calls back at each change of an operation until the returned function is called. */
  watch(watcher: (operation: Operation) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #set(name: string, service: KeptService | null): void {
    const pasts = this.#pasts.get(name) ?? [{ atMs: 0, service: this.#services.get(name) ?? null }];
    const next = [...pasts, { atMs: this.#now().getTime(), service }];
    this.#pasts.set(name, next.slice(-MAX_PASTS));
    if (service) this.#services.set(name, service);
    else this.#services.delete(name);
  }

  #setOperation(operation: Operation): void {
    this.#operations.set(operation.name, operation);
    for (const watcher of this.#watchers) watcher(operation);
    const ended = [...this.#operations.values()].filter(({ done }) => done);
    for (const { name } of ended.slice(0, -MAX_ENDED_OPERATIONS)) this.forgetOperation(name);
  }
}
