import { fail } from '../../../engine/error-codes.ts';
import { decideNews, knownFiles } from '../../../engine/flow/extract/file/file-news.ts';
import {
  listingPrefix,
  matchesPattern,
} from '../../../engine/flow/extract/object/object-pattern.ts';
import type { ObjectStore } from '../../../engine/flow/extract/object/object-store.ts';
import type { Extraction, ExtractRequest, Source } from '../../../engine/flow/source.ts';
import type {
  ObjectResource,
  ObjectSourceSpec,
} from '../../../engine/pipeline/spec/file-source-spec.ts';
import type { SourceSpec } from '../../../engine/pipeline/spec/source-spec.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { lookAtObject, receiveParts } from './object-part.ts';
import type { FoundPart } from './object-part.ts';

/**
 * The storage in which a pattern of a source lies, opened with the credentials of the source or
 * those of the platform.
 * @throws storage_denied when the tenant may not read there
 */
export type OpenStore = (
  scope: TenantScope,
  source: ObjectSourceSpec,
  pattern: string,
) => Promise<ObjectStore>;

/**
 * Objects that match and are new or changed become parts, streamed to the folder of the load. What
 * has arrived there is not fetched again by an attempt that goes on.
 */
export function createObjectSource(openStore: OpenStore): Source {
  return {
    resources: (source) => source.resources.map(({ name }) => ({ name, parents: [] })),
    extract: (scope, request) => extractObjects(scope, request, openStore),
  };
}

async function extractObjects(
  scope: TenantScope,
  request: ExtractRequest,
  openStore: OpenStore,
): Promise<Extraction> {
  const { state, maxPages } = request;
  const source = requireObjectSource(request.source);
  const resource = resourceOf(source, request.resource);
  const patterns = await openPatterns(scope, { source, resource }, openStore);
  const found = await findObjects(patterns, request.signal);
  if (found.length === 0) return nothingFound(resource, state);
  const news = decideNews(found, state, {
    isReplace: resource.write_disposition === 'replace',
    isAll: resource.incremental === 'all',
  });
  if (news.files.length === 0) return { parts: [], state: news.state, unchanged: true };
  const parts =
    maxPages === undefined
      ? await receiveParts(news.files, { resource, request })
      : await lookAtObject(news.files, { resource, request });
  return { parts, state: news.state, unchanged: false };
}

interface Pattern {
  readonly text: string;
  readonly store: ObjectStore;
}

async function openPatterns(
  scope: TenantScope,
  { source, resource }: { source: ObjectSourceSpec; resource: ObjectResource },
  openStore: OpenStore,
): Promise<Pattern[]> {
  const patterns: Pattern[] = [];
  for (const text of resource.path) {
    patterns.push({ text, store: await openStore(scope, source, text) });
  }
  return patterns;
}

/** Each once, in the order of their URIs. */
async function findObjects(
  patterns: readonly Pattern[],
  signal: AbortSignal,
): Promise<FoundPart[]> {
  const found = new Map<string, FoundPart>();
  for (const { text, store } of patterns) {
    for await (const object of store.list(listingPrefix(text), signal)) {
      if (!matchesPattern(object, text)) continue;
      found.set(object.uri, { label: object.uri, fingerprint: object.version, object, store });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.label < b.label ? -1 : 1));
}

function requireObjectSource(source: SourceSpec): ObjectSourceSpec {
  if (source.type === 'object_storage') return source;
  throw fail('internal', `A source of type ${source.type} came to object storage`);
}

function resourceOf({ resources }: ObjectSourceSpec, name: string): ObjectResource {
  const resource = resources.find((one) => one.name === name);
  if (resource) return resource;
  throw fail('resource_absent', `the source has no resource '${name}'`);
}

/** Objects that were loaded and then removed leave the table as it is. */
function nothingFound({ name, path }: ObjectResource, state: ExtractRequest['state']): Extraction {
  if (state && Object.keys(knownFiles(state)).length > 0) {
    return { parts: [], state, unchanged: true };
  }
  throw fail('no_files', `resource '${name}': no object matches ${path.join(', ')}`, {
    hint: 'Paths begin with the bucket, as gs://bucket/orders/*.csv; see what is there with `gcloud storage ls` or `aws s3 ls`.',
    details: { patterns: path },
  });
}
