import { AppError } from 'base/error.ts';
import { fail } from '../../error-codes.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { ConfigFiles, ConfigStore } from '../config-store.ts';
import type { DocumentStore, DocumentVersion } from './document-store.ts';

/**
 * The files of a tenant and the documents that were sent for it, as one. A path that is a file
 * belongs to the files: a document of that path waits until the file is gone.
 */
export function mergeConfigs(files: ConfigStore, documents: DocumentStore): ConfigStore {
  return {
    async readConfig(scope) {
      const [ofFiles, sent] = await Promise.all([
        readFiles(scope, files),
        documents.readDocuments(scope),
      ]);
      const merged = mergeDocuments(ofFiles ?? new Map(), sent);
      if (ofFiles || merged.size > 0) return merged;
      throw withoutConfigs(scope);
    },
    async readPipelineStamp(scope) {
      const [ofFiles, versions] = await Promise.all([
        orNull(files.readPipelineStamp(scope)),
        documents.countPipelineVersions(scope),
      ]);
      if (ofFiles === null && versions === 0) throw withoutConfigs(scope);
      return `${ofFiles ?? ''}.${versions}`;
    },
  };
}

export function mergeDocuments(
  files: ConfigFiles,
  documents: readonly Pick<DocumentVersion, 'path' | 'content'>[],
): ConfigFiles {
  const sent = documents.flatMap(({ path, content }): [string, string][] =>
    content === null ? [] : [[path, content]],
  );
  return new Map([...sent, ...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Null when the tenant has no folder. */
export function readFiles(scope: TenantScope, files: ConfigStore): Promise<ConfigFiles | null> {
  return orNull(files.readConfig(scope));
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === 'tenant_absent') return null;
    throw error;
  }
}

function withoutConfigs({ tenantId }: TenantScope): Error {
  return fail('tenant_absent', `tenant '${tenantId}' has no configs`, {
    hint: 'They belong into a folder of that name in CONFIG_DIR, or are sent to the API.',
  });
}
