import type { Handler } from '../../protocol/handler.ts';
import { refuseFields } from '../../protocol/check/violation.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { Operation } from './operation.ts';
import { renderOperation } from './operation.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readPage } from '../../protocol/read-page.ts';
import { applyMask, pickWanted } from './resource/apply-mask.ts';
import { decideWrite } from './resource/decide-write.ts';
import type { WantedService } from './resource/check-wanted.ts';
import { locationOf, shortName } from './resource/resource-name.ts';
import type { KeptService } from './resource/resource.ts';
import type { RunDeps } from './run-deps.ts';

interface Sent {
  readonly name?: string;
  readonly etag?: string;
  readonly [field: string]: unknown;
}

interface CreateRequest {
  readonly parent: string;
  readonly service: Sent;
  readonly serviceId: string;
  readonly validateOnly?: boolean;
}

interface UpdateRequest {
  readonly updateMask?: string;
  readonly service: Sent;
  readonly validateOnly?: boolean;
  readonly allowMissing?: boolean;
}

interface DeleteRequest {
  readonly name: string;
  readonly etag?: string;
  readonly validateOnly?: boolean;
}

/** google.cloud.run.v2.Services. */
export function serveServices(deps: RunDeps): Readonly<Record<string, Handler>> {
  const { store } = deps;
  return {
    CreateService: async ({ parent, service, serviceId, validateOnly }: CreateRequest) => {
      const name = `${parent}/services/${serviceId}`;
      refuseBadId(serviceId);
      if (store.service(name))
        throw new StatusError('ALREADY_EXISTS', `Resource '${serviceId}' already exists.`);
      return write(deps, { ...pickWanted(service), name }, { before: null, validateOnly });
    },
    UpdateService: async (request: UpdateRequest) => update(deps, request),
    GetService: async ({ name }: { name: string }) => findService(deps, name).resource,
    ListServices: async ({ parent, ...page }: PageRequest & { parent: string }) => {
      const all = store.services().map(({ resource }) => resource.name);
      const names = all.filter((name) => locationOf(name) === parent).toSorted();
      const { items, nextPageToken } = readPage(names, page);
      const services = items.flatMap((name) => deps.readService(name)?.resource ?? []);
      return { services, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    DeleteService: async ({ name, etag, validateOnly }: DeleteRequest) => {
      const before = requireService(deps, name);
      refuseStale(before, etag);
      const at = deps.nextTime();
      const resource = { ...before.resource, deleteTime: at, reconciling: true };
      const operation = deps.newOperation({ kind: 'deleteService', service: name }, resource);
      if (validateOnly) return renderOperation({ ...operation, done: true, response: resource });
      deps.begin(operation, { name, value: { ...before, resource } });
      return renderOperation(operation);
    },
  };
}

function update(deps: RunDeps, request: UpdateRequest): object {
  const { service, updateMask, validateOnly, allowMissing = false } = request;
  const name = service.name ?? '';
  const before = deps.store.service(name) ?? null;
  if (before === null && allowMissing) {
    refuseBadId(shortName(name));
    return write(deps, { ...pickWanted(service), name }, { before, validateOnly });
  }
  if (before === null) throw notFound(name);
  if (before.resource.deleteTime !== undefined)
    throw new StatusError('FAILED_PRECONDITION', `Resource '${shortName(name)}' is being deleted.`);
  refuseStale(before, service.etag);
  const wanted = applyMask(before.resource, service, updateMask);
  return write(deps, { ...wanted, name }, { before, validateOnly });
}

function write(
  deps: RunDeps,
  wanted: WantedService & { readonly name: string },
  { before, validateOnly = false }: { before: KeptService | null; validateOnly?: boolean },
): object {
  const { name } = wanted;
  const decided = decideWrite(before, wanted, {
    at: deps.nextTime(),
    who: deps.who,
    newUid: deps.newUid,
  });
  const { resource } = decided?.kept ?? before ?? {};
  if (resource === undefined) throw new Error(`nothing was decided about ${name}`);
  const { generation } = resource;
  const task = { kind: 'settle', service: name, generation, revision: decided?.revision } as const;
  const operation = deps.newOperation(task, resource);
  if (validateOnly) return renderOperation({ ...operation, done: true, response: resource });
  if (decided === null) return nothingToDo(deps, operation, resource);
  deps.begin(operation, { name, value: decided.kept });
  return renderOperation(operation);
}

function nothingToDo(deps: RunDeps, operation: Operation, response: object): object {
  const done = { ...operation, done: true, response };
  deps.store.write({ operation: done });
  return renderOperation(done);
}

/** As it is; for reading, `RunDeps.readService` may give an older one. */
function requireService({ store }: RunDeps, name: string): KeptService {
  const kept = store.service(name);
  if (kept) return kept;
  throw notFound(name);
}

export function findService({ readService }: RunDeps, name: string): KeptService {
  const kept = readService(name);
  if (kept) return kept;
  throw notFound(name);
}

function notFound(name: string): StatusError {
  return new StatusError(
    'NOT_FOUND',
    `Resource '${shortName(name)}' of kind 'SERVICE' in region '${name.split('/')[3]}' in project '${name.split('/')[1]}' does not exist.`,
  );
}

function refuseStale({ resource }: KeptService, etag: string | undefined): void {
  if (etag === undefined || etag === '' || etag === resource.etag) return;
  throw new StatusError(
    'ABORTED',
    `Conflict for resource '${shortName(resource.name)}': version '${etag}' was specified but current version is '${resource.etag}'.`,
  );
}

function refuseBadId(id: string): void {
  if (/^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$/.test(id)) return;
  const description = `is ${JSON.stringify(id)}: expected at most 49 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen`;
  throw refuseFields([{ field: 'service_id', description }]);
}
