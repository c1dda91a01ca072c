import { sql } from 'kysely';
import {
  documentAbsent,
  versionConflict,
} from '../../../engine/pipeline/document/change-document.ts';
import type {
  DocumentDraft,
  DocumentStore,
  DocumentVersion,
} from '../../../engine/pipeline/document/document-store.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase } from '../control-database.ts';

const COLUMNS = sql`path, version, content, created_at AS "createdAt", created_by AS "createdBy"`;

/** Documents in `tenant_pipeline_configs`. */
export class PostgresDocumentStore implements DocumentStore {
  readonly #database: ControlDatabase;

  constructor(database: ControlDatabase) {
    this.#database = database;
  }

  async readDocuments(scope: TenantScope): Promise<readonly DocumentVersion[]> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<DocumentVersion>`
        SELECT DISTINCT ON (path) ${COLUMNS} FROM tenants.tenant_pipeline_configs
        WHERE tenant_id = ${scope.tenantId} ORDER BY path, version DESC`.execute(db),
    );
    return rows;
  }

  async countPipelineVersions(scope: TenantScope): Promise<number> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<{ versions: number }>`
        SELECT count(*)::integer AS versions FROM tenants.tenant_pipeline_configs
        WHERE tenant_id = ${scope.tenantId} AND path LIKE 'pipelines/%'`.execute(db),
    );
    return rows[0]?.versions ?? 0;
  }

  async readVersion(scope: TenantScope, path: string, version: number): Promise<DocumentVersion> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<DocumentVersion>`SELECT ${COLUMNS} FROM tenants.tenant_pipeline_configs
        WHERE tenant_id = ${scope.tenantId} AND path = ${path} AND version = ${version}`.execute(
        db,
      ),
    );
    const [row] = rows;
    if (!row) throw documentAbsent(`${path} of version ${version}`);
    return row;
  }

  async listVersions(
    scope: TenantScope,
    path: string,
    { limit, before = 2 ** 31 - 1 }: { limit: number; before?: number },
  ): Promise<readonly DocumentVersion[]> {
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<DocumentVersion>`SELECT ${COLUMNS} FROM tenants.tenant_pipeline_configs
        WHERE tenant_id = ${scope.tenantId} AND path = ${path} AND version < ${before}
        ORDER BY version DESC LIMIT ${limit}`.execute(db),
    );
    return rows;
  }

  /** Two authors want the same number: the primary key lets one of them have it. */
  async writeVersion(scope: TenantScope, draft: DocumentDraft): Promise<DocumentVersion> {
    const { path, content, author, replaces } = draft;
    const { rows } = await this.#database.withTenant(scope, (db) =>
      sql<DocumentVersion>`
        INSERT INTO tenants.tenant_pipeline_configs
          (tenant_id, path, version, content, created_at, created_by)
        VALUES (${scope.tenantId}, ${path}, ${replaces + 1}, ${content}, now(), ${author})
        ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`.execute(db),
    );
    const [row] = rows;
    if (!row) throw versionConflict(path, replaces + 1);
    return row;
  }
}
