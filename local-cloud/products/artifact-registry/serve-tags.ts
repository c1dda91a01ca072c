import { refuseFields } from '../../protocol/check/violation.ts';
import type { Handler } from '../../protocol/handler.ts';
import { readPage } from '../../protocol/read-page.ts';
import type { PageRequest } from '../../protocol/read-page.ts';
import { StatusError } from '../../protocol/status-error.ts';
import { readNameFilter } from './name-filter.ts';
import type { RegistryStore, Tag } from './registry-store.ts';
import { requirePackage } from './serve-images.ts';

interface ListRequest extends PageRequest {
  readonly parent: string;
  readonly filter?: string;
}

interface CreateRequest {
  readonly parent: string;
  readonly tagId: string;
  readonly tag: { readonly version?: string };
}

/** Tags of google.devtools.artifactregistry.v1.ArtifactRegistry. */
export function serveTags(store: RegistryStore): Readonly<Record<string, Handler>> {
  return {
    ListTags: async ({ parent, filter, ...page }: ListRequest) => {
      requirePackage(store, parent);
      const found = store.tagsBelow(parent).filter(readTagFilter(filter));
      const { items, nextPageToken } = readPage(found, page);
      return { tags: items, ...(nextPageToken !== undefined && { nextPageToken }) };
    },
    GetTag: async ({ name }: { name: string }) => requireTag(store, name),
    CreateTag: async ({ parent, tagId, tag }: CreateRequest) => {
      const name = `${parent}/tags/${tagId}`;
      if (store.tag(name)) throw new StatusError('ALREADY_EXISTS', `tag ${name} already exists`);
      return writeTag(store, { name, version: tag.version ?? '' });
    },
    UpdateTag: async ({ tag }: { tag: Tag }) => {
      const { version } = requireTag(store, tag.name);
      const [repository = ''] = tag.name.split('/packages/');
      if (version !== tag.version && store.repository(repository)?.dockerConfig?.immutableTags)
        throw new StatusError('FAILED_PRECONDITION', `${tag.name} is immutable`);
      return writeTag(store, { name: tag.name, version: tag.version });
    },
    DeleteTag: async ({ name }: { name: string }) => {
      requireTag(store, name);
      store.write({ gone: [name] });
      return {};
    },
  };
}

/** Tags are also found by `version="…"`. */
function readTagFilter(filter: string | undefined): (tag: Tag) => boolean {
  const byVersion = filter?.replace(/^\s*version\b/, 'name');
  const isWanted = readNameFilter(byVersion);
  return byVersion === filter ? ({ name }) => isWanted(name) : ({ version }) => isWanted(version);
}

function requireTag(store: RegistryStore, name: string): Tag {
  const tag = store.tag(name);
  if (tag) return tag;
  throw new StatusError('NOT_FOUND', `Requested entity was not found: ${name}`);
}

function writeTag(store: RegistryStore, tag: Tag): Tag {
  const [parent = '', id = ''] = tag.name.split('/tags/');
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(id))
    throw refuseFields([{ field: 'tag_id', description: `is ${JSON.stringify(id)}` }]);
  if (!tag.version.startsWith(`${parent}/versions/`) || !store.image(tag.version)) {
    const description = `is ${JSON.stringify(tag.version)}: expected a version of ${parent}`;
    throw refuseFields([{ field: 'tag.version', description }]);
  }
  store.write({ tag });
  return tag;
}
