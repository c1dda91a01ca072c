/** How a column of the history is stored; each warehouse has its own word for it. */
export type HistoryType = 'text' | 'date' | 'timestamp' | 'bigint' | 'boolean' | 'json';

export type HistoryTableName = 'pipeline_runs' | 'step_logs' | 'dq_results';

type Columns = Readonly<Record<string, HistoryType>>;

const RUN = {
  ingestion_date: 'date',
  tenant_id: 'text',
  pipeline_id: 'text',
  pipeline_logging_id: 'text',
} as const;
const FAILURE = { error_code: 'text', error_message: 'text' } as const;

/**
 * The tables of the dataset `metadata`: what ended, for whoever watches all tenants with SQL. Each is
 * partitioned by `ingestion_date`, the UTC day on which the run ended.
 */
export const HISTORY_TABLES: Readonly<Record<HistoryTableName, Columns>> = {
  pipeline_runs: {
    ...RUN,
    status: 'text',
    trigger_by: 'text',
    parameters: 'json',
    queue: 'text',
    attempt: 'bigint',
    restart_of: 'text',
    created_at: 'timestamp',
    started_at: 'timestamp',
    finished_at: 'timestamp',
    duration_ms: 'bigint',
    ...FAILURE,
  },
  step_logs: {
    ...RUN,
    step_name: 'text',
    step_type: 'text',
    status: 'text',
    attempt: 'bigint',
    started_at: 'timestamp',
    finished_at: 'timestamp',
    rows_in: 'bigint',
    rows_loaded: 'bigint',
    rows_quarantined: 'bigint',
    rules_passed: 'bigint',
    rules_failed: 'bigint',
    ...FAILURE,
  },
  dq_results: {
    ...RUN,
    step_name: 'text',
    table_name: 'text',
    rule_id: 'text',
    rule: 'text',
    severity: 'text',
    passed: 'boolean',
    observed: 'json',
    rows_tested: 'bigint',
    rows_failed: 'bigint',
    problem: 'text',
    recorded_at: 'timestamp',
  },
};

export const HISTORY_TABLE_NAMES = Object.keys(HISTORY_TABLES) as HistoryTableName[];
