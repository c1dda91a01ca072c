import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { TenantChange } from '../../../engine/event/pipeline-event.ts';
import type { Db } from '../control-database.ts';
import { toJson } from '../to-json.ts';

const MESSAGES: Record<TenantChange, string> = {
  onboarded: 'is there',
  suspended: 'is suspended and starts no runs',
  resumed: 'may start runs again',
  offboarding: 'is being exported and removed',
  offboarded: 'is removed',
};

/** Stands in `run_events` where other events have their run. */
export function tenantStream(tenantId: string): RawBuilder<string> {
  return sql`md5(${tenantId})::uuid`;
}

/** In the transaction of the change. The last one is the operator's: it outlives the tenant. */
export async function writeTenantEvent(
  db: Db,
  tenantId: string,
  change: TenantChange,
): Promise<void> {
  const owner = change === 'offboarded' ? null : tenantId;
  await sql`
    INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
    VALUES (${tenantStream(tenantId)}, ${owner}, 'state', 'info',
      ${`Tenant ${tenantId} ${MESSAGES[change]}`}, ${toJson({ tenantId, change })}::jsonb)`.execute(
    db,
  );
}
