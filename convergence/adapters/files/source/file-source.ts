import { fail } from '../../../engine/error-codes.ts';
import { decideNews, knownFiles } from '../../../engine/flow/extract/file/file-news.ts';
import type { Extraction, ExtractRequest, Source } from '../../../engine/flow/source.ts';
import type { FileResource } from '../../../engine/pipeline/spec/file-source-spec.ts';
import type { SourceSpec } from '../../../engine/pipeline/spec/source-spec.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { inBatches } from './file-source-batches.ts';
import { matchFiles } from './file-source-match.ts';
import type { FileRoots } from './file-source-match.ts';
import { confirmParts, emptyFolder, linkPart } from './file-source-part.ts';

/**
 * Files in the folder of a tenant: those that match and are new or changed become parts as they
 * are, without a byte being read where the file system can link them.
 */
export function createFileSource(roots: FileRoots): Source {
  return {
    resources: (source) => source.resources.map(({ name }) => ({ name, parents: [] })),
    extract: (scope, request) => extractFiles(scope, request, roots),
    confirm: ({ parts }) => confirmParts(parts),
  };
}

async function extractFiles(
  scope: TenantScope,
  request: ExtractRequest,
  roots: FileRoots,
): Promise<Extraction> {
  const { state, folder, signal } = request;
  const resource = resourceOf(request.source, request.resource);
  const found = await matchFiles(scope, { patterns: resource.path, signal }, roots);
  if (found.length === 0) return nothingFound(resource, state);
  const news = decideNews(found, state, {
    isReplace: resource.write_disposition === 'replace',
    isAll: resource.incremental === 'all',
  });
  if (news.files.length === 0) return { parts: [], state: news.state, unchanged: true };
  // A crash may have left links to files that are other ones now.
  await emptyFolder(folder);
  const parts = await inBatches(news.files, (file, index) => {
    signal.throwIfAborted();
    return linkPart(file, { resource, folder, index });
  });
  const filled = parts.filter((part) => part !== null);
  const bytes = filled.reduce((sum, part) => sum + part.sizeBytes, 0);
  request.onProgress({ rows: null, bytes, parts: filled.length });
  return { parts: filled, state: news.state, unchanged: false };
}

function resourceOf(source: SourceSpec, name: string): FileResource {
  const resource = source.resources.find((resource) => resource.name === name);
  if (source.type !== 'file' || !resource) {
    throw fail('resource_absent', `the source has no resource '${name}'`);
  }
  return resource as FileResource;
}

/** Files that were loaded and then moved away leave the table as it is. */
function nothingFound({ name, path }: FileResource, state: ExtractRequest['state']): Extraction {
  if (state && Object.keys(knownFiles(state)).length > 0) {
    return { parts: [], state, unchanged: true };
  }
  throw fail('no_files', `resource '${name}': no file matches ${path.join(', ')}`, {
    hint: 'Paths are relative to the folder of the tenant, as data/orders-*.csv.',
    details: { patterns: path },
  });
}
