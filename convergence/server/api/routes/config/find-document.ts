import { documentAbsent } from '../../../../engine/pipeline/document/change-document.ts';
import { readFiles } from '../../../../engine/pipeline/document/merge-configs.ts';
import type { DocumentVersion } from '../../../../engine/pipeline/document/document-store.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ApiDeps } from '../../api-deps.ts';
import type { DocumentAnswer, DocumentListAnswer } from '../../contract/config/document.ts';

type FindDeps = Pick<ApiDeps, 'configFiles' | 'documents'>;

const OF_FILE = { origin: 'file', version: null, changed_at: null, changed_by: null } as const;

/** Files and documents by path; a document that a file hides is told beside the file. */
export async function listDocuments(
  scope: TenantScope,
  { configFiles, documents }: FindDeps,
): Promise<DocumentListAnswer> {
  const files = (await readFiles(scope, configFiles)) ?? new Map<string, string>();
  const sent = (await documents.readDocuments(scope)).filter(({ content }) => content !== null);
  const hidden = new Map(sent.map(({ path, version }) => [path, version]));
  const ofFiles = [...files.keys()].map((path) => ({
    ...OF_FILE,
    path,
    hidden_version: hidden.get(path) ?? null,
  }));
  const ofApi = sent
    .filter(({ path }) => !files.has(path))
    .map((document) => ({ ...presentInfo(document), hidden_version: null }));
  return { documents: [...ofFiles, ...ofApi].toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** What is used now: the file, where there is one; or an earlier version of the document. */
export async function findDocument(
  scope: TenantScope,
  { path, version }: { path: string; version?: number | undefined },
  { configFiles, documents }: FindDeps,
): Promise<DocumentAnswer> {
  const files = version === undefined ? await readFiles(scope, configFiles) : null;
  const text = files?.get(path);
  if (text !== undefined) return { ...OF_FILE, path, content: text };
  const found =
    version === undefined
      ? (await documents.listVersions(scope, path, { limit: 1 }))[0]
      : await documents.readVersion(scope, path, version);
  if (!found || found.content === null) throw documentAbsent(path);
  return presentDocument(found);
}

export function presentDocument(document: DocumentVersion): DocumentAnswer {
  return { ...presentInfo(document), content: document.content ?? '' };
}

function presentInfo({ path, version, createdAt, createdBy }: DocumentVersion) {
  return {
    path,
    origin: 'api',
    version,
    changed_at: createdAt.toISOString(),
    changed_by: createdBy,
  } as const;
}
