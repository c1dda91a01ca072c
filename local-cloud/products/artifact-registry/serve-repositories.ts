import type { OperationBook } from '../../operation/operation-book.ts';
import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import type { Fields } from '../../protocol/apply-paths.ts';
import { registryUri } from './image-name.ts';
import { readNameFilter } from './name-filter.ts';
import type { RegistryStore } from './registry-store.ts';
import { changeRepository, makeRepository } from './repository.ts';
import type { Repository } from './repository.ts';

export interface RegistryDeps {
  readonly store: RegistryStore;
  readonly operations: OperationBook;
  readonly now: () => Date;
}

interface CreateRequest {
  readonly parent: string;
  readonly repositoryId: string;
  readonly repository: Fields;
}

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
}

interface UpdateRequest {
  readonly repository: Fields & { readonly name: string };
  readonly updateMask?: string;
}

const PACKAGE = 'type.googleapis.com/google.devtools.artifactregistry.v1';
const METADATA = { '@type': `${PACKAGE}.OperationMetadata` };

/** Repositories of google.devtools.artifactregistry.v1.ArtifactRegistry. */
export function serveRepositories(deps: RegistryDeps): Readonly<Record<string, Handler>> {
  const { store, operations, now } = deps;
  return {
    CreateRepository: async ({ parent, repositoryId, repository }: CreateRequest) => {
      const name = `${parent}/repositories/${repositoryId}`;
      const made = makeRepository(name, repository, now().toISOString());
      if (store.repository(name))
        throw new StatusError('ALREADY_EXISTS', 'the repository already exists');
      store.write({ repository: made });
      const response = { '@type': `${PACKAGE}.Repository`, ...render(store, made) };
      return operations.add({ parent, metadata: METADATA, response });
    },
    GetRepository: async ({ name }: { name: string }) =>
      render(store, requireRepository(store, name)),
    ListRepositories: async ({ parent, filter, ...page }: ListRequest) => {
      const isWanted = readNameFilter(filter);
      const found = store
        .repositories()
        .filter(({ name }) => name.startsWith(`${parent}/`) && isWanted(name));
      const { items, nextPageToken } = readPage(found, page);
      const repositories = items.map((one) => render(store, one));
      return { repositories, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    UpdateRepository: async ({ repository, updateMask: mask }: UpdateRequest) => {
      const stored = requireRepository(store, repository.name);
      const at = now().toISOString();
      const changed = changeRepository(stored, repository, { mask, at });
      store.write({ repository: changed });
      return render(store, changed);
    },
    DeleteRepository: async ({ name }: { name: string }) => {
      requireRepository(store, name);
      const below = [...store.imagesBelow(name), ...store.tagsBelow(name)];
      store.write({ gone: [name, ...below.map((one) => one.name)] });
      return endDeletion(operations, name);
    },
  };
}

export function endDeletion(operations: OperationBook, name: string): object {
  const parent = name.split('/').slice(0, 4).join('/');
  const response = { '@type': 'type.googleapis.com/google.protobuf.Empty' };
  return operations.add({ parent, metadata: METADATA, response });
}

export function requireRepository(store: RegistryStore, name: string): Repository {
  const repository = store.repository(name);
  if (repository) return repository;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: ${name}`);
}

function render(store: RegistryStore, repository: Repository): object {
  const { name, format } = repository;
  const sizeBytes = store.imagesBelow(name).reduce((sum, image) => sum + image.sizeBytes, 0);
  return {
    ...repository,
    ...(sizeBytes > 0 && { sizeBytes: String(sizeBytes) }),
    ...(format === 'DOCKER' && { registryUri: registryUri(name) }),
  };
}
