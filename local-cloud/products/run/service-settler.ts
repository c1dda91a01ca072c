import { fail } from '../../control-plane/control-plane-error.ts';
import { isDeepStrictEqual } from 'node:util';
import type { DataPlane, RevisionFault } from '../../data-plane/data-plane.ts';
import type { Operation, Task } from './operation.ts';
import { toDesired } from './resource/to-desired.ts';
import { renderRevision } from './resource/render-revision.ts';
import { keyOf, revisionName, shortName } from './resource/resource-name.ts';
import { resolveTraffic, revisionsToProve, trafficInForce } from './resource/resolve-traffic.ts';
import type { KeptService } from './resource/resource.ts';
import { proveRevision, settleResource } from './resource/settle-resource.ts';
import type { Settled } from './resource/settle-resource.ts';
import type { RunStore, ServiceChange } from './run-store.ts';

export interface SettlerDeps {
  readonly store: RunStore;
  readonly dataPlane: DataPlane;
  readonly revisionFault: (serviceName: string, revision: string) => RevisionFault;
  readonly now: () => Date;
}

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>;
type OperationError = NonNullable<Operation['error']>;

/** FAILED_PRECONDITION: what Cloud Run's operations end with when a revision does not start. */
const REVISION_FAILED = 'FAILED_PRECONDITION';

/** Makes the data plane serve what a service asks for; all of it can be done again. */
export class ServiceSettler {
  readonly #deps: SettlerDeps;
  /** By service: changes of the data plane go one after the other. */
  readonly #turns = new Map<string, Promise<void>>();
  /** By name, what the data plane was told. */
  readonly #faults = new Map<string, RevisionFault>();

  constructor(deps: SettlerDeps) {
    this.#deps = deps;
  }

  /** New revisions are proved without traffic, then traffic is moved, in one step. */
  async settle(name: string, task: TaskOf<'settle'>, signal: AbortSignal): Promise<void> {
    const { store, dataPlane } = this.#deps;
    const kept = store.service(task.service);
    const unproved = kept ? revisionsToProve(kept, task.revision) : [];
    if (unproved.length > 0) await this.#inTurn(task.service, () => this.#expose(task.service));
    await Promise.all(
      unproved.map(async (revision) => {
        const proof = await dataPlane.awaitRevision(keyOf(task.service), revision, signal);
        if (proof.state === 'starting')
          throw fail('unreachable', `The data plane ended before '${revision}' was proved.`);
        this.#prove(task.service, revision, proof.state === 'failed' ? proof.message : undefined);
      }),
    );
    await this.#inTurn(task.service, () => this.#conclude(name, task));
  }

  async deleteService(name: string, { service }: TaskOf<'deleteService'>): Promise<void> {
    await this.#inTurn(service, async () => {
      const kept = this.#deps.store.service(service);
      await this.#deps.dataPlane.removeService(keyOf(service));
      this.#end(name, {
        service: { name: service, value: null },
        response: kept?.resource ?? { name: service },
      });
    });
  }

  async deleteRevision(name: string, task: TaskOf<'deleteRevision'>): Promise<void> {
    const { service, revision } = task;
    await this.#inTurn(service, async () => {
      const kept = this.#deps.store.service(service);
      const gone = kept?.revisions.find((one) => one.name === revision);
      if (!kept || !gone) return this.#end(name, { response: { name: revision } });
      const left = { ...kept, revisions: kept.revisions.filter((one) => one !== gone) };
      await this.#deps.dataPlane.applyService(toDesired(left, trafficInForce(left)));
      this.#end(name, {
        service: { name: service, value: this.#newest(left, gone.name) },
        response: renderRevision(kept, gone),
      });
    });
  }

  /** Ends an operation without having done it; traffic stays where it is. */
  async failOperation(name: string, task: Task, error: OperationError): Promise<void> {
    const kept = this.#deps.store.service(task.service);
    if (!kept) return this.#end(name, { error });
    const value = withoutDone(kept, task, { message: error.message, at: this.#at() });
    this.#end(name, { service: { name: task.service, value }, error });
  }

  /** Puts faults on revisions that are there, and takes those away that are over. */
  async applyFaults(): Promise<void> {
    for (const kept of this.#deps.store.services()) await this.#setFaults(kept, {});
  }

  async #expose(service: string): Promise<void> {
    const kept = this.#deps.store.service(service);
    if (!kept) return;
    await this.#setFaults(kept, { unlessKnown: {} });
    await this.#deps.dataPlane.applyService(toDesired(kept, trafficInForce(kept)));
  }

  /** `unlessKnown` is what the data plane takes a revision for of which it was told nothing. */
  async #setFaults(
    { resource, revisions }: KeptService,
    { unlessKnown }: { unlessKnown?: RevisionFault },
  ): Promise<void> {
    const { dataPlane, revisionFault } = this.#deps;
    for (const { name } of revisions) {
      const full = revisionName(resource.name, name);
      const fault = revisionFault(resource.name, name);
      if (isDeepStrictEqual(this.#faults.get(full) ?? unlessKnown, fault)) continue;
      await dataPlane.setFault(keyOf(resource.name), name, fault);
      this.#faults.set(full, fault);
    }
  }

  #prove(service: string, revision: string, message: string | undefined): void {
    const kept = this.#deps.store.service(service);
    if (!kept) return;
    const value = proveRevision(kept, { revision, message, at: this.#at() });
    this.#deps.store.write({ service: { name: service, value } });
  }

  async #conclude(name: string, task: TaskOf<'settle'>): Promise<void> {
    const { store } = this.#deps;
    const kept = store.service(task.service);
    if (!kept) return this.#end(name, { error: deletedMeanwhile(task.service) });
    const failure = failureOf(kept, task.revision);
    const error = failure === undefined ? undefined : { code: REVISION_FAILED, message: failure };
    // A later write decides about the service; this operation was only about its own revision.
    if (kept.resource.generation !== task.generation)
      return this.#end(
        name,
        error ? { error: error as OperationError } : { response: kept.resource },
      );
    const settled = await this.#putInForce(kept, failure);
    const value = settleResource(kept, settled, this.#at());
    const service = { name: task.service, value };
    if ('failure' in settled)
      return this.#end(name, {
        service,
        error: { code: REVISION_FAILED, message: settled.failure },
      });
    this.#end(name, { service, response: value.resource });
  }

  async #putInForce(kept: KeptService, failure: string | undefined): Promise<Settled> {
    if (failure !== undefined) return { failure, isRevision: true };
    const resolved = resolveTraffic(kept);
    if ('failure' in resolved) return { failure: resolved.failure, isRevision: false };
    const { dataPlane } = this.#deps;
    await dataPlane.applyService(toDesired(kept, resolved.targets));
    const status = await dataPlane.describeService(keyOf(kept.resource.name));
    if (!status) throw new Error(`the data plane does not serve ${kept.resource.name}`);
    return { targets: resolved.targets, status };
  }

  /** What was written meanwhile stays: only the revision goes. */
  #newest(left: KeptService, gone: string): KeptService {
    const now = this.#deps.store.service(left.resource.name) ?? left;
    return { ...now, revisions: now.revisions.filter(({ name }) => name !== gone) };
  }

  #end(
    name: string,
    { service, ...end }: Pick<Operation, 'response' | 'error'> & { service?: ServiceChange },
  ): void {
    const { store } = this.#deps;
    const operation = store.operation(name);
    // Deleted by its caller; what it was about goes on.
    if (!operation) return store.write({ service });
    store.write({ service, operation: { ...operation, ...end, done: true } });
  }

  #at(): string {
    return this.#deps.now().toISOString();
  }

  async #inTurn(service: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(service) ?? Promise.resolve()).then(work);
    this.#turns.set(
      service,
      turn.catch(() => undefined),
    );
    await turn;
  }
}

/** Why the revision that a write made is not ready; undefined when it is. */
function failureOf(kept: KeptService, revision: string | undefined): string | undefined {
  const made = kept.revisions.find(({ name }) => name === revision);
  if (made?.outcome !== 'failed') return undefined;
  return made.message ?? `Revision '${made.name}' is not ready and cannot serve traffic.`;
}

/** The service after an operation that failed before it did anything. */
function withoutDone(
  kept: KeptService,
  task: Task,
  { message, at }: { readonly message: string; readonly at: string },
): KeptService {
  if (task.kind === 'deleteService') {
    const { deleteTime: _, ...resource } = kept.resource;
    return { ...kept, resource: { ...resource, reconciling: false } };
  }
  if (task.kind === 'deleteRevision') {
    const revisions = kept.revisions.map((one) =>
      one.name === task.revision ? { ...one, deleteTime: undefined } : one,
    );
    return { ...kept, revisions };
  }
  if (kept.resource.generation !== task.generation) return kept;
  return settleResource(kept, { failure: message, isRevision: false }, at);
}

function deletedMeanwhile(service: string): OperationError {
  const message = `Resource '${shortName(service)}' was deleted while it was being changed.`;
  return { code: 'ABORTED', message };
}
