import type { protos, v2 } from '@google-cloud/run';
import type { Clock } from 'base/clock.ts';
import { retry } from 'base/retry.ts';
import type { Platform } from '../../engine/apply/platform.ts';
import { fail } from '../../engine/error-codes.ts';
import type { Effect } from '../../engine/plan/effect.ts';
import type { Have, ServiceRef } from '../../engine/plan/have.ts';
import { awaitOperation } from './await-operation.ts';
import { checkMessage } from './check-message.ts';
import type { Decided, EffectMessage, Kept } from './effect-message.ts';
import { effectMessage } from './effect-message.ts';
import { readHave } from './read-have.ts';
import type { RevisionRead, ServiceRead } from './read-have.ts';
import { locationName, serviceName, shortName } from './resource-name.ts';
import type { Asked } from './translate-error.ts';
import { translateError } from './translate-error.ts';

export interface CloudRunOptions {
  /** Of Google's clients; asked for at the first call. */
  readonly grpcOptions: () => Promise<ConstructorParameters<typeof v2.ServicesClient>[0]>;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Clients {
  readonly services: v2.ServicesClient;
  readonly revisions: v2.RevisionsClient;
  readonly types: typeof protos.google.cloud.run.v2;
}

/** One try; what is repeated, and how often, is decided here and not in the clients. */
const CALL = { timeout: 10_000, retry: null };
/** A write answers once the platform has taken it, which may take longer. */
const WRITE = { timeout: 30_000, retry: null };
/** What writes need, and what some codes say of them. */
const WRITES: Readonly<Record<Effect['kind'], Omit<Asked, 'what'>>> = {
  createService: { permission: 'run.services.create' },
  deployRevision: { permission: 'run.services.update', codes: { 6: 'revision_exists' } },
  moveTraffic: { permission: 'run.services.update' },
  annotate: { permission: 'run.services.update' },
  deleteRevision: { permission: 'run.revisions.delete', codes: { 5: 'revision_absent' } },
};
const READS = { maxAttempts: 4, firstDelayMs: 200, maxDelayMs: 2000 };

/** Cloud Run through Admin API version 2: https://cloud.google.com/run/docs/reference/rpc */
export class CloudRunPlatform implements Platform {
  readonly #options: CloudRunOptions;
  /** Ends what waits to be repeated: a client that is called once it is closed ends the process. */
  readonly #closing = new AbortController();
  #clients: Promise<Clients> | null = null;

  constructor(options: CloudRunOptions) {
    this.#options = options;
  }

  async readService(ref: ServiceRef): Promise<Have | null> {
    const [service, revisions] = await Promise.all([
      this.#getService(ref),
      this.#listRevisions(ref),
    ]);
    return service && readHave(ref, service, revisions);
  }

  async listServices(scope: Omit<ServiceRef, 'service'>): Promise<readonly string[]> {
    const { services } = await this.#connect();
    const parent = locationName(scope);
    const asked = { what: `services of ${parent}`, permission: 'run.services.list' };
    const [found] = await this.#read(asked, () => services.listServices({ parent }, CALL));
    return found.map(({ name }) => shortName(name ?? ''));
  }

  async begin(ref: ServiceRef, effect: Effect, etag: string | null): Promise<string> {
    const { types } = await this.#connect();
    const kept = await this.#readKept(ref, { effect, etag });
    const message = effectMessage(ref, { effect, etag }, kept);
    checkMessage(types[message.type], message.type, message.request);
    const asked = { what: `${effect.kind} of ${serviceName(ref)}`, ...WRITES[effect.kind] };
    const name = await translated(asked, () => this.#send(message));
    if (name) return name;
    throw fail('platform_unreachable', `${message.method} gave no operation`);
  }

  async finish(operation: string, deadline: Date, signal?: AbortSignal): Promise<void> {
    const { services } = await this.#connect();
    const asked: Asked = {
      what: operation,
      permission: 'run.operations.get',
      codes: { 3: 'operation_unknown', 5: 'operation_unknown' },
    };
    const read = async () => {
      const request = { name: operation } as protos.google.longrunning.GetOperationRequest;
      const [found] = await translated(asked, () => services.getOperation(request, CALL));
      return found;
    };
    await awaitOperation(operation, read, { deadline, signal, clock: this.#options.clock });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const clients = await this.#clients?.catch(() => null);
    await Promise.all([clients?.services.close(), clients?.revisions.close()]);
  }

  /** The client takes a quarter of a second to load. */
  #connect(): Promise<Clients> {
    this.#clients ??= this.#open();
    return this.#clients;
  }

  async #open(): Promise<Clients> {
    const [run, options] = await Promise.all([
      import('@google-cloud/run'),
      this.#options.grpcOptions(),
    ]);
    return {
      services: new run.v2.ServicesClient(options),
      revisions: new run.v2.RevisionsClient(options),
      types: run.protos.google.cloud.run.v2,
    };
  }

  async #getService(ref: ServiceRef): Promise<ServiceRead | null> {
    const { services } = await this.#connect();
    const name = serviceName(ref);
    const asked = { what: name, permission: 'run.services.get' };
    return this.#read(asked, () =>
      orNull(async () => (await services.getService({ name }, CALL))[0]),
    );
  }

  async #listRevisions(ref: ServiceRef): Promise<readonly RevisionRead[]> {
    const { revisions } = await this.#connect();
    const parent = serviceName(ref);
    const asked = { what: `revisions of ${parent}`, permission: 'run.revisions.list' };
    const list = async () => (await revisions.listRevisions({ parent }, CALL))[0];
    return (await this.#read(asked, () => orNull(list))) ?? [];
  }

  /** A mask replaces a whole field, so that what stays in it is sent again. */
  async #readKept(ref: ServiceRef, { effect, etag }: Decided): Promise<Kept> {
    if (effect.kind !== 'annotate' && effect.kind !== 'deployRevision') return {};
    const [service] = await Promise.all([
      this.#getService(ref),
      effect.kind === 'deployRevision' && this.#requireNew(ref, effect.revision),
    ]);
    if (!service) throw fail('service_absent', `There is no ${serviceName(ref)}`);
    if (service.etag === etag) return service;
    throw fail('etag_stale', `${serviceName(ref)} was changed since it was read`, {
      hint: 'Read the service again, and decide again.',
    });
  }

  /** The platform takes a revision of the same name and template again, and does nothing. */
  async #requireNew(ref: ServiceRef, revision: string): Promise<void> {
    const { revisions } = await this.#connect();
    const name = `${serviceName(ref)}/revisions/${revision}`;
    const asked = { what: name, permission: 'run.revisions.get' };
    const found = await this.#read(asked, () =>
      orNull(async () => (await revisions.getRevision({ name }, CALL))[0]),
    );
    if (found) throw fail('revision_exists', `There is a revision ${name} already`);
  }

  async #send(message: EffectMessage): Promise<string | undefined> {
    const { services, revisions } = await this.#connect();
    if (message.method === 'createService') {
      return (await services.createService(message.request, WRITE))[0].name;
    }
    if (message.method === 'updateService') {
      return (await services.updateService(message.request, WRITE))[0].name;
    }
    return (await revisions.deleteRevision(message.request, WRITE))[0].name;
  }

  #read<T>(asked: Asked, call: () => Promise<T>): Promise<T> {
    return retry(() => translated(asked, call), READS, {
      ...this.#options,
      signal: this.#closing.signal,
    });
  }
}

async function translated<T>(asked: Asked, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateError(error, asked);
  }
}

/** Null for what is not there. */
async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 5) return null;
    throw error;
  }
}
