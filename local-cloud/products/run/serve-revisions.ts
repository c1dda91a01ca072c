import type { Handler } from '../../protocol/handler.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { renderOperation } from './operation.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { readPage } from '../../protocol/read-page.ts';
import { renderRevision, whyNotDeletable } from './resource/render-revision.ts';
import { locationOf, serviceOf, shortName } from './resource/resource-name.ts';
import type { KeptRevision, KeptService } from './resource/resource.ts';
import type { RunDeps } from './run-deps.ts';
import { findService } from './serve-services.ts';

interface DeleteRequest {
  readonly name: string;
  readonly etag?: string;
  readonly validateOnly?: boolean;
}

/** google.cloud.run.v2.Revisions. */
export function serveRevisions(deps: RunDeps): Readonly<Record<string, Handler>> {
  return {
    GetRevision: async ({ name }: { name: string }) => {
      const kept = deps.readService(serviceOf(name));
      return renderRevision(...findRevision(kept, name));
    },
    ListRevisions: async ({ parent, ...page }: PageRequest & { parent: string }) => {
      const all = servicesOf(deps, parent).flatMap((kept) =>
        kept.revisions.map((revision) => renderRevision(kept, revision)),
      );
      const { items, nextPageToken } = readPage(all.toReversed(), page);
      return { revisions: items, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    DeleteRevision: async (request: DeleteRequest) => deleteRevision(deps, request),
  };
}

/** `services/-` stands for all of a location. */
function servicesOf(deps: RunDeps, parent: string): readonly KeptService[] {
  if (!parent.endsWith('/services/-')) return [findService(deps, parent)];
  const inPlace = deps.store
    .services()
    .filter(({ resource }) => locationOf(resource.name) === locationOf(parent));
  return inPlace.flatMap(({ resource }) => deps.readService(resource.name) ?? []);
}

function deleteRevision(deps: RunDeps, { name, etag, validateOnly }: DeleteRequest): object {
  const [kept, revision] = findRevision(deps.store.service(serviceOf(name)), name);
  const rendered = renderRevision(kept, revision);
  refuseStale(rendered, etag);
  const why = whyNotDeletable(kept, revision.name);
  if (why !== null) throw new StatusError('FAILED_PRECONDITION', why);
  const task = {
    kind: 'deleteRevision',
    service: kept.resource.name,
    revision: revision.name,
  } as const;
  const operation = deps.newOperation(task, rendered);
  if (validateOnly) return renderOperation({ ...operation, done: true, response: rendered });
  const deleted = { ...revision, deleteTime: deps.nextTime() };
  const revisions = kept.revisions.map((one) => (one === revision ? deleted : one));
  deps.begin(operation, { name: kept.resource.name, value: { ...kept, revisions } });
  return renderOperation(operation);
}

function findRevision(kept: KeptService | undefined, name: string): [KeptService, KeptRevision] {
  const revision = kept?.revisions.find((one) => one.name === shortName(name));
  if (kept && revision) return [kept, revision];
  const [, project, , region] = name.split('/');
  throw new StatusError(
    'NOT_FOUND',
    `Resource '${shortName(name)}' of kind 'REVISION' in region '${region}' in project '${project}' does not exist.`,
  );
}

function refuseStale(rendered: { etag?: string }, etag: string | undefined): void {
  if (!etag || etag === rendered.etag) return;
  throw new StatusError('ABORTED', `The etag ${etag} is not that of the revision.`);
}
