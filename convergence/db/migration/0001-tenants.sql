-- migrate:up
CREATE SCHEMA tenants;

CREATE TABLE tenants.tenant_profiles (
  tenant_id    text PRIMARY KEY CHECK (tenant_id ~ '^[a-z][a-z0-9_]{2,49}$'),
  display_name text NOT NULL,
  status       text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
  time_zone    text NOT NULL,
  created_at   timestamptz NOT NULL
);

CREATE TABLE tenants.tenant_api_keys (
  -- HMAC-SHA-256 of the key under the pepper, in hex; the key itself is kept nowhere.
  key_hash     text PRIMARY KEY CHECK (key_hash ~ '^[0-9a-f]{64}$'),
  tenant_id    text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  prefix       text NOT NULL,
  description  text NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

CREATE INDEX tenant_api_keys_tenant ON tenants.tenant_api_keys (tenant_id, created_at);

CREATE TABLE tenants.tenant_subscriptions (
  tenant_id  text PRIMARY KEY REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  plan       text NOT NULL CHECK (plan IN ('starter', 'professional', 'scale', 'enterprise')),
  started_at timestamptz NOT NULL
);

-- One row a tenant, locked by each admission. A counter whose day or month is over counts as zero,
-- so nothing has to reset it.
CREATE TABLE tenants.tenant_usage_quotas (
  tenant_id       text PRIMARY KEY REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  usage_day       date NOT NULL,
  runs_today      integer NOT NULL DEFAULT 0,
  runs_this_month integer NOT NULL DEFAULT 0,
  -- Turn of the newest run in the queue: see tenant_pipeline_execution_queue.turn.
  last_turn       bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Envelope encryption: the secret under a data key, the data key under a key of the KMS.
CREATE TABLE tenants.tenant_cloud_credentials (
  tenant_id        text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  name             text NOT NULL,
  kms_key          text NOT NULL,
  wrapped_data_key bytea NOT NULL,
  ciphertext       bytea NOT NULL,
  created_at       timestamptz NOT NULL,
  rotated_at       timestamptz,
  PRIMARY KEY (tenant_id, name)
);

-- Documents sent to the API; each change is a new version, a deletion a version without content.
CREATE TABLE tenants.tenant_pipeline_configs (
  tenant_id  text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  path       text NOT NULL,
  version    integer NOT NULL,
  content    text,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  PRIMARY KEY (tenant_id, path, version)
);

CREATE TABLE tenants.tenant_pipeline_runs (
  run_id          uuid PRIMARY KEY,
  tenant_id       text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  pipeline_id     text NOT NULL,
  status          text NOT NULL
    CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETE', 'FAILED', 'CANCELLED')),
  trigger_by      text NOT NULL,
  parameters      jsonb NOT NULL,
  attempt         integer NOT NULL DEFAULT 0,
  -- First run of a chain of restarts; null for a run that restarts none.
  root_run_id     uuid,
  restart_of      uuid,
  -- {limit, onConflict} as of the trigger, for restarts.
  concurrency     jsonb,
  idempotency_key text,
  created_at      timestamptz NOT NULL,
  started_at      timestamptz,
  finished_at     timestamptz,
  failure         jsonb
) WITH (fillfactor = 80);

-- Run ids are UUIDs of version 7: their order is the order of creation.
CREATE INDEX tenant_pipeline_runs_newest ON tenants.tenant_pipeline_runs (tenant_id, run_id);

CREATE INDEX tenant_pipeline_runs_pipeline
  ON tenants.tenant_pipeline_runs (tenant_id, pipeline_id, run_id);

CREATE INDEX tenant_pipeline_runs_idempotency
  ON tenants.tenant_pipeline_runs (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX tenant_pipeline_runs_root
  ON tenants.tenant_pipeline_runs (root_run_id) WHERE root_run_id IS NOT NULL;

-- A moment at which a schedule was due; the key makes firing it twice impossible.
CREATE TABLE tenants.tenant_scheduled_pipeline_runs (
  tenant_id   text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  pipeline_id text NOT NULL,
  due_at      timestamptz NOT NULL,
  fired_at    timestamptz NOT NULL,
  run_id      uuid REFERENCES tenants.tenant_pipeline_runs ON DELETE CASCADE,
  -- Why it gave no run: {code, kind, message}.
  failure     jsonb,
  PRIMARY KEY (tenant_id, pipeline_id, due_at)
);

-- One row for each run that has not ended. Whoever changes a run locks its row here first.
CREATE TABLE tenants.tenant_pipeline_execution_queue (
  run_id              uuid PRIMARY KEY REFERENCES tenants.tenant_pipeline_runs ON DELETE CASCADE,
  tenant_id           text NOT NULL,
  -- Pipeline of a run whose pipeline limits its concurrency; empty for the others.
  lane                text NOT NULL,
  lane_limit          integer,
  -- Virtual time of start-time fair queueing: a run of a tenant with none waiting gets the turn that
  -- is being served, each further one the next. Lower turns go first.
  turn                bigint NOT NULL,
  -- Null: waiting. Else the number of the claim; a worker with another number may not write.
  fence               bigint,
  claimed_by          text,
  lease_until         timestamptz,
  -- How many workers disappeared with the run.
  losses              integer NOT NULL DEFAULT 0,
  cancel_requested_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX tenant_pipeline_execution_queue_waiting
  ON tenants.tenant_pipeline_execution_queue (tenant_id, lane, turn, run_id) WHERE fence IS NULL;

CREATE INDEX tenant_pipeline_execution_queue_claimed
  ON tenants.tenant_pipeline_execution_queue (tenant_id, lane) WHERE fence IS NOT NULL;

-- The three tables that grow fastest have no foreign key: their rows are written only by the
-- statement that holds the queue row of the run, which has one.
CREATE TABLE tenants.tenant_step_logs (
  run_id           uuid NOT NULL,
  step_name        text NOT NULL,
  tenant_id        text NOT NULL,
  step_type        text NOT NULL,
  status           text NOT NULL,
  attempt          integer NOT NULL,
  started_at       timestamptz,
  finished_at      timestamptz,
  rows_in          bigint NOT NULL,
  rows_loaded      bigint NOT NULL,
  rows_quarantined bigint NOT NULL,
  rules_passed     integer NOT NULL,
  rules_failed     integer NOT NULL,
  failure          jsonb,
  PRIMARY KEY (run_id, step_name)
) WITH (fillfactor = 80);

CREATE TABLE tenants.tenant_dq_results (
  run_id      uuid NOT NULL,
  step_name   text NOT NULL,
  position    integer NOT NULL,
  tenant_id   text NOT NULL,
  table_name  text NOT NULL,
  rule_id     text NOT NULL,
  rule        text NOT NULL,
  severity    text NOT NULL,
  passed      boolean NOT NULL,
  observed    jsonb,
  rows_tested bigint NOT NULL,
  rows_failed bigint NOT NULL,
  samples     jsonb NOT NULL,
  problem     text,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, step_name, position)
);

-- Ids are given while the queue row of the run is locked: within a run they grow in the order in
-- which they become visible, so a reader that goes on after an id misses none.
CREATE TABLE convergence.run_events (
  run_id    uuid NOT NULL,
  event_id  bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  step_name text,
  kind      text NOT NULL,
  level     text NOT NULL,
  message   text NOT NULL,
  detail    jsonb NOT NULL,
  PRIMARY KEY (run_id, event_id)
);

-- Numbers of claims.
CREATE SEQUENCE convergence.fence;

-- The turn that is being served; set by each claim.
CREATE SEQUENCE convergence.turn;

-- The second wall behind WHERE: a transaction of a tenant sees that tenant's rows, one of the
-- operator ('*') all, a session that says neither none. FORCE because we connect as the owner.
DO $$
DECLARE
  guarded text;
BEGIN
  FOR guarded IN
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname = 'tenants' OR (schemaname = 'convergence' AND tablename = 'run_events')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
      'CREATE POLICY of_tenant ON %s USING ((SELECT current_setting(''convergence.tenant_id'', true))'
      || ' IN (''*'', tenant_id))', guarded);
  END LOOP;
END
$$;

-- migrate:down
DROP SCHEMA tenants CASCADE;

DROP TABLE convergence.run_events;

DROP SEQUENCE convergence.fence, convergence.turn;
