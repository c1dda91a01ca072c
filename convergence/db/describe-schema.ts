import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Something that a migration has made: its kind, where it is, its name and how it is declared. */
export interface SchemaItem {
  readonly kind: string;
  readonly of: string;
  readonly name: string;
  readonly value: string | null;
}

/**
 * Everything that migrations can make in `tenants` and `convergence`, in one order. Columns have no
 * position: one that was dropped and added again is last. Nor is told whether a constraint holds for
 * rows of old: a down that brings one back cannot promise it.
 */
export async function describeSchema(db: Kysely<unknown>): Promise<readonly SchemaItem[]> {
  const { rows } = await sql<SchemaItem>`
    SELECT 'column' AS kind, table_schema || '.' || table_name AS of, column_name AS name,
      concat_ws(' ', data_type, is_nullable, column_default) AS value
    FROM information_schema.columns WHERE table_schema IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'index', schemaname || '.' || tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'constraint', relnamespace::regnamespace || '.' || relname, conname,
      replace(pg_get_constraintdef(k.oid), ' NOT VALID', '')
    FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid WHERE connamespace::regnamespace::text IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'policy', schemaname || '.' || tablename, policyname, qual FROM pg_policies
    WHERE schemaname IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'row security', relnamespace::regnamespace || '.' || relname, relname,
      concat_ws(' ', relrowsecurity, relforcerowsecurity) FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'trigger', relnamespace::regnamespace || '.' || relname, tgname, pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace::regnamespace::text IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'function', pronamespace::regnamespace::text, proname, pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace::regnamespace::text IN ('tenants', 'convergence')
    UNION ALL
    SELECT 'sequence', sequence_schema, sequence_name, data_type FROM information_schema.sequences
    WHERE sequence_schema IN ('tenants', 'convergence')
    ORDER BY 1, 2, 3, 4`.execute(db);
  return rows;
}
