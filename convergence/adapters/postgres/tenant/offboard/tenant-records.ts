import { sql } from 'kysely';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { toJson } from '../../to-json.ts';

interface RecordKind {
  readonly table: string;
  /** Columns of its primary key besides the tenant: the order of the rows. */
  readonly key: readonly string[];
  /** Found by the runs of the tenant: the table has no index by tenant. */
  readonly isOfRuns?: true;
  /** Where the table holds hashes or ciphertexts: what may be seen. Else all columns. */
  readonly shown?: readonly string[];
}

const KEY_COLUMNS = ['tenant_id', 'created_at', 'created_by', 'expires_at'];

/** What is exported of a tenant, by the name of its file. */
export const RECORD_KINDS: Readonly<Record<string, RecordKind>> = {
  profile: { table: 'tenants.tenant_profiles', key: ['tenant_id'] },
  subscription: { table: 'tenants.tenant_subscriptions', key: ['tenant_id'] },
  usage: { table: 'tenants.tenant_usage_quotas', key: ['tenant_id'] },
  api_keys: {
    table: 'tenants.tenant_api_keys',
    key: ['key_hash'],
    shown: [...KEY_COLUMNS, 'prefix', 'description', 'scopes', 'last_used_at', 'revoked_at'],
  },
  cloud_credentials: {
    table: 'tenants.tenant_cloud_credentials',
    key: ['name'],
    shown: [...KEY_COLUMNS, 'name', 'rotated_at'],
  },
  configs: { table: 'tenants.tenant_pipeline_configs', key: ['path', 'version'] },
  schedules: { table: 'tenants.tenant_scheduled_pipeline_runs', key: ['pipeline_id', 'due_at'] },
  runs: { table: 'tenants.tenant_pipeline_runs', key: ['run_id'] },
  steps: { table: 'tenants.tenant_step_logs', key: ['run_id', 'step_name'], isOfRuns: true },
  quality_results: {
    table: 'tenants.tenant_dq_results',
    key: ['run_id', 'step_name', 'position'],
    isOfRuns: true,
  },
  run_events: { table: 'convergence.run_events', key: ['run_id', 'event_id'], isOfRuns: true },
};

/** A config may have a megabyte. */
const ROWS_PER_PAGE = 100;

type Row = Record<string, unknown>;

/** All rows of a kind, page by page in the order of their key. */
export async function* readRecords(
  database: ControlDatabase,
  scope: TenantScope,
  kindName: string,
): AsyncGenerator<readonly object[]> {
  const kind = RECORD_KINDS[kindName];
  if (!kind) throw new Error(`no records are called ${kindName}`);
  let last: Row | undefined;
  do {
    const rows = await readPage(database, scope, { kind, last });
    last = rows.length < ROWS_PER_PAGE ? undefined : rows.at(-1);
    if (rows.length > 0) yield rows.map((row) => onlyShown(row, kind.shown));
  } while (last);
}

async function readPage(
  database: ControlDatabase,
  scope: TenantScope,
  { kind, last }: { kind: RecordKind; last: Row | undefined },
): Promise<Row[]> {
  const table = sql.table(kind.table);
  const key = sql.join(kind.key.map((column) => sql.ref(`t.${column}`)));
  const own = kind.isOfRuns
    ? sql`tenants.tenant_pipeline_runs r JOIN ${table} t USING (run_id)
        WHERE r.tenant_id = ${scope.tenantId}`
    : sql`${table} t WHERE t.tenant_id = ${scope.tenantId}`;
  // Typed by the table itself, so that one text serves keys of every type.
  const after = last
    ? sql`AND (${key}) > (SELECT ${key} FROM jsonb_populate_record(NULL::${table}, ${toJson(last)}::jsonb) t)`
    : sql``;
  const { rows } = await database.withTenant(scope, (db) =>
    sql<{ row: Row }>`SELECT to_jsonb(t) AS row FROM ${own} ${after}
      ORDER BY ${key} LIMIT ${ROWS_PER_PAGE}`.execute(db),
  );
  return rows.map(({ row }) => row);
}

function onlyShown(row: Row, shown?: readonly string[]): Row {
  if (!shown) return row;
  return Object.fromEntries(Object.entries(row).filter(([column]) => shown.includes(column)));
}
