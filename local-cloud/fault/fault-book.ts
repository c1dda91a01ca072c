import { randomUUID } from 'node:crypto';
import type { Records } from '../control-plane/records.ts';
import type { RevisionFault } from '../data-plane/data-plane.ts';
import type { BegunCall } from '../protocol/handler.ts';
import type { Fault, FaultOf, FaultSpec, OperationTrouble } from './fault.ts';

const KIND = 'fault';

export interface FaultBookDeps {
  readonly records: Records;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** The faults in force, kept on disk until somebody clears them. */
export class FaultBook {
  readonly #deps: FaultBookDeps;
  #faults: readonly Fault[];

  constructor(deps: FaultBookDeps) {
    this.#deps = deps;
    this.#faults = deps.records.list<Fault>(KIND);
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  has(id: string): boolean {
    return this.#faults.some((fault) => fault.id === id);
  }

  add(spec: FaultSpec): Fault {
    const fault = { ...spec, id: randomUUID().slice(0, 6) };
    this.#deps.records.write([{ kind: KIND, name: fault.id, value: fault }]);
    this.#faults = [...this.#faults, fault];
    return fault;
  }

  /** All without an id. Gives those that were cleared. */
  clear(id?: string): readonly Fault[] {
    const cleared = this.#faults.filter((fault) => id === undefined || fault.id === id);
    this.#deps.records.write(cleared.map((one) => ({ kind: KIND, name: one.id, value: null })));
    this.#faults = this.#faults.filter((fault) => !cleared.includes(fault));
    return cleared;
  }

  /** What meets a call, each used once by it. */
  takeForCall(call: BegunCall): readonly (FaultOf<'status'> | FaultOf<'slow'>)[] {
    return this.#take(call, ['status', 'slow']);
  }

  /** What meets the answer of a call that has been carried out, each used once by it. */
  takeForAnswer(call: BegunCall): readonly FaultOf<'lost'>[] {
    return this.#take(call, ['lost']);
  }

  /** What an operation that begins now will suffer. */
  takeForOperation(serviceName: string): OperationTrouble | undefined {
    const fault = this.#faults.find(
      (one): one is FaultOf<'operation'> =>
        one.kind === 'operation' && one.times !== 0 && isFor(one, serviceName),
    );
    if (!fault) return undefined;
    this.#use(fault);
    const { id, effect, delayMs, code } = fault;
    const message = fault.message ?? `The fault ${id} of local-cloud fails this operation.`;
    return { fault: id, effect, delayMs, code, message };
  }

  /** How old what is read of a service shall be. */
  staleMs(serviceName: string): number {
    const ages = this.#faults.map((fault) =>
      fault.kind === 'stale' && isFor(fault, serviceName) ? fault.ageMs : 0,
    );
    return Math.max(0, ...ages);
  }

  /** How much later the metrics of a revision come; Infinity: never. */
  metricsDelayMs(serviceName: string, revision: string): number {
    const delays = this.#faults.map((fault) => {
      if (fault.kind !== 'metrics' || !isFor(fault, serviceName)) return 0;
      if (fault.revision !== undefined && fault.revision !== revision) return 0;
      return fault.effect === 'missing' ? Infinity : fault.delayMs;
    });
    return Math.max(0, ...delays);
  }

  /** All that is wrong with a revision. */
  revisionFault(serviceName: string, revision: string): RevisionFault {
    const merged: { -readonly [K in keyof RevisionFault]: RevisionFault[K] } = {};
    for (const fault of this.#faults) {
      if (fault.kind !== 'revision' || !isFor(fault, serviceName)) continue;
      if (fault.revision !== undefined && fault.revision !== revision) continue;
      if (fault.failStart) merged.failStart = true;
      if (fault.errorPercent !== undefined) merged.errorShare = fault.errorPercent / 100;
      if (fault.delayMs !== undefined) merged.delayMs = fault.delayMs;
    }
    return merged;
  }

  #take<K extends 'status' | 'slow' | 'lost'>(
    { method }: BegunCall,
    kinds: readonly K[],
  ): readonly FaultOf<K>[] {
    const met = this.#faults.filter(
      (fault): fault is FaultOf<K> =>
        kinds.includes(fault.kind as K) &&
        isOf(fault as FaultOf<'lost'>, method) &&
        this.#deps.random() * 100 < ((fault as FaultOf<'lost'>).percent ?? 100),
    );
    for (const fault of met) this.#use(fault);
    return met;
  }

  #use(fault: Fault): void {
    if (!('times' in fault) || fault.times === undefined) return;
    // Operations that it stopped go on when it is cleared.
    const isStuck = fault.kind === 'operation' && fault.effect === 'stuck';
    if (fault.times <= 1 && !isStuck) {
      this.clear(fault.id);
      return;
    }
    const used = { ...fault, times: fault.times - 1 };
    this.#deps.records.write([{ kind: KIND, name: fault.id, value: used }]);
    this.#faults = this.#faults.map((one) => (one.id === fault.id ? used : one));
  }
}

function isOf(fault: { readonly method?: string | undefined }, method: string): boolean {
  return fault.method === undefined || fault.method === method;
}

/** A fault names a service short or in full. */
function isFor({ service }: { readonly service?: string }, serviceName: string): boolean {
  return service === undefined || service === serviceName || serviceName.endsWith(`/${service}`);
}
