import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { readNameFilter } from './name-filter.ts';
import type { KeptImage, RegistryStore } from './registry-store.ts';
import { renderDockerImage, renderPackages, renderVersion } from './render-image.ts';
import { endDeletion, requireRepository } from './serve-repositories.ts';
import type { RegistryDeps } from './serve-repositories.ts';

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
  readonly orderBy?: string;
  readonly view?: string;
}

interface DeleteVersionRequest {
  readonly name: string;
  readonly force?: boolean;
}

/** Docker images, packages and versions of google.devtools.artifactregistry.v1.ArtifactRegistry. */
export function serveImages(deps: RegistryDeps): Readonly<Record<string, Handler>> {
  const { store } = deps;
  return {
    ListDockerImages: async ({ parent, ...request }: ListRequest) => {
      requireRepository(store, parent);
      const tags = store.tagsBelow(parent);
      const { items, more } = readList(store.imagesBelow(parent), request);
      return { dockerImages: items.map((one) => renderDockerImage(one, tags)), ...more };
    },
    GetDockerImage: async ({ name }: { name: string }) => {
      const [repository = '', id = ''] = name.split('/dockerImages/');
      const [image, digest] = decodeURIComponent(id).split('@');
      const parent = `${repository}/packages/${encodeURIComponent(image ?? '')}`;
      const kept = requireImage(store, `${parent}/versions/${digest}`);
      return renderDockerImage(kept, store.tagsBelow(parent));
    },
    ListPackages: async ({ parent, ...request }: ListRequest) => {
      requireRepository(store, parent);
      const { items, more } = readList(renderPackages(store.imagesBelow(parent)), request);
      return { packages: items, ...more };
    },
    GetPackage: async ({ name }: { name: string }) => requirePackage(store, name),
    DeletePackage: async ({ name }: { name: string }) => {
      requirePackage(store, name);
      const below = [...store.imagesBelow(name), ...store.tagsBelow(name)];
      store.write({ gone: below.map((one) => one.name) });
      return endDeletion(deps.operations, name);
    },
    ListVersions: async ({ parent, view, ...request }: ListRequest) => {
      requirePackage(store, parent);
      const tags = view === 'FULL' ? store.tagsBelow(parent) : null;
      const { items, more } = readList(store.imagesBelow(parent), request);
      return { versions: items.map((one) => renderVersion(one, tags)), ...more };
    },
    GetVersion: async ({ name, view }: { name: string; view?: string }) => {
      const [parent = ''] = name.split('/versions/');
      const tags = view === 'FULL' ? store.tagsBelow(parent) : null;
      return renderVersion(requireImage(store, name), tags);
    },
    DeleteVersion: async (request: DeleteVersionRequest) => deleteVersion(deps, request),
  };
}

/** A version that has tags goes only by force, together with them. */
function deleteVersion(
  { store, operations }: RegistryDeps,
  { name, force = false }: DeleteVersionRequest,
): object {
  requireImage(store, name);
  const [parent = ''] = name.split('/versions/');
  const tags = store.tagsBelow(parent).filter(({ version }) => version === name);
  if (tags.length > 0 && !force)
    throw new StatusError(
      'FAILED_PRECONDITION',
      `cannot delete version '${name}' because it is tagged. Existing tags are: ${tags.map((tag) => tag.name.split('/tags/')[1]).join(', ')}`,
    );
  store.write({ gone: [name, ...tags.map((tag) => tag.name)] });
  return endDeletion(operations, name);
}

function requireImage(store: RegistryStore, name: string): KeptImage {
  const image = store.image(name);
  if (image) return image;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: ${name}`);
}

export function requirePackage(store: RegistryStore, name: string): object {
  const [found] = renderPackages(store.imagesBelow(name));
  if (found) return found;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: ${name}`);
}

/** One page of those that the request asks for. @throws UNIMPLEMENTED for an order */
function readList<T extends { readonly name: string }>(
  all: readonly T[],
  { filter, orderBy, ...page }: Omit<ListRequest, 'parent'>,
): { items: readonly T[]; more: { nextPageToken?: string } } {
  if (orderBy)
    throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the order ${orderBy}`);
  const isWanted = readNameFilter(filter);
  const found = all.filter(({ name }) => isWanted(name));
  const { items, ...more } = readPage(found, page);
  return { items, more };
}
