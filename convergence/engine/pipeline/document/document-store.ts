import type { TenantScope } from '../../tenant/tenant-scope.ts';

/** One version of a config that was sent to the API. */
export interface DocumentVersion {
  /** As that of a file in the folder of the tenant: `sources/orders.yml`. */
  readonly path: string;
  /** 1, 2, 3, … of this path; deletions count. */
  readonly version: number;
  /** Null: with this version the document was deleted. */
  readonly content: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
}

export interface DocumentDraft {
  readonly path: string;
  readonly content: string | null;
  readonly author: string;
  /** The newest version that the author has seen; 0 where there was none. */
  readonly replaces: number;
}

/** Configs of tenants that were sent to the API; nothing is ever overwritten. */
export interface DocumentStore {
  /** The newest version of every path, deletions too, in the order of paths. */
  readDocuments(scope: TenantScope): Promise<readonly DocumentVersion[]>;
  /** Of all documents in `pipelines/`: grows with each change of one. */
  countPipelineVersions(scope: TenantScope): Promise<number>;
  /** @throws document_absent */
  readVersion(scope: TenantScope, path: string, version: number): Promise<DocumentVersion>;
  /** The newest first. */
  listVersions(
    scope: TenantScope,
    path: string,
    page: { limit: number; before?: number },
  ): Promise<readonly DocumentVersion[]>;
  /** @throws version_conflict when a version newer than `replaces` is there */
  writeVersion(scope: TenantScope, draft: DocumentDraft): Promise<DocumentVersion>;
}
