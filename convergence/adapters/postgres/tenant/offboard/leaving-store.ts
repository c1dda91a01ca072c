import { sql } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import type { LeavingStore } from '../../../../engine/tenant/offboard/leaving-store.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase, Db } from '../../control-database.ts';
import { stopRuns } from '../stop-runs.ts';
import { RECORD_KINDS, readRecords } from './tenant-records.ts';
import { lockUsage } from '../tenant-store.ts';
import { writeTenantEvent } from '../write-tenant-event.ts';

/** A tenant that leaves: `tenant_profiles.offboarding_to`, and what is exported of it. */
export class PostgresLeavingStore implements LeavingStore {
  readonly recordKinds = Object.keys(RECORD_KINDS);
  readonly #database: ControlDatabase;

  constructor(database: ControlDatabase) {
    this.#database = database;
  }

  async beginLeaving(scope: TenantScope, folder: string | null): Promise<void> {
    const { tenantId } = scope;
    await stopRuns(this.#database, tenantId, async (db) => {
      await lockUsage(db, tenantId);
      const { rows: staying } = await sql`SELECT FROM tenants.tenant_profiles
        WHERE tenant_id = ${tenantId} AND offboarding_to IS NULL`.execute(db);
      await claimFolder(db, tenantId, folder ?? '');
      if (staying.length > 0) await writeTenantEvent(db, tenantId, 'offboarding');
      await sql`UPDATE tenants.tenant_api_keys SET revoked_at = now()
        WHERE tenant_id = ${tenantId} AND revoked_at IS NULL`.execute(db);
    });
  }

  async countHeldRuns({ tenantId }: TenantScope): Promise<number> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ held: number }>`
        SELECT count(*)::integer AS held FROM tenants.tenant_pipeline_execution_queue
        WHERE tenant_id = ${tenantId} AND fence IS NOT NULL AND lease_until > now()`.execute(db),
    );
    return rows[0]?.held ?? 0;
  }

  readRecords(scope: TenantScope, kind: string): AsyncIterable<readonly object[]> {
    return readRecords(this.#database, scope, kind);
  }
}

/** Who gives the export up may do so: a damaged file of the warehouse cannot be exported. */
async function claimFolder(db: Db, tenantId: string, folder: string): Promise<void> {
  const { rows } = await sql<{ to: string }>`
    UPDATE tenants.tenant_profiles
    SET status = 'suspended',
      offboarding_to = CASE WHEN ${folder} = '' THEN '' ELSE coalesce(offboarding_to, ${folder}) END
    WHERE tenant_id = ${tenantId} RETURNING offboarding_to AS to`.execute(db);
  const begun = rows[0]?.to ?? folder;
  if (begun === folder) return;
  const where = begun === '' ? 'without an export' : `with the folder '${begun}'`;
  throw fail('tenant_offboarding', `Tenant ${tenantId} is being offboarded ${where}.`, {
    hint: 'Repeat that call: it goes on where it was.',
    details: { folder: begun || null },
  });
}
