import { sql } from 'kysely';
import type { ControlDatabase } from '../../control-database.ts';

/**
 * Ends every lease at once. Only for who holds the only door to the database: whatever worker held
 * them is gone, and nobody has to wait for the leases to run out.
 */
export async function endLeases(database: ControlDatabase): Promise<void> {
  await database.withOperator((db) =>
    sql`UPDATE tenants.tenant_pipeline_execution_queue SET lease_until = now()
        WHERE fence IS NOT NULL`.execute(db),
  );
}
