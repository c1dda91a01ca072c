-- migrate:up
-- The four queues of runs. Workers take runs of one, of some, or of all of them.
CREATE TABLE convergence.queues (
  queue     text PRIMARY KEY CHECK (queue IN ('pipeline', 'ingest', 'dq', 'transform')),
  -- Virtual time of start-time fair queueing: the highest turn that was served.
  clock     bigint NOT NULL DEFAULT 0,
  -- Not null: workers take no run of it.
  paused_at timestamptz,
  paused_by text
) WITH (fillfactor = 50);

INSERT INTO convergence.queues (queue) VALUES ('pipeline'), ('ingest'), ('dq'), ('transform');

-- The turn of a tenant's next run in a queue; lower turns go first. One that the clock has passed
-- counts as the clock, so nobody saves up turns while having nothing to run.
CREATE TABLE convergence.tenant_turns (
  tenant_id text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  queue     text NOT NULL REFERENCES convergence.queues,
  turn      bigint NOT NULL,
  PRIMARY KEY (tenant_id, queue)
) WITH (fillfactor = 50);

ALTER TABLE convergence.tenant_turns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY of_tenant ON convergence.tenant_turns
  USING ((SELECT current_setting('convergence.tenant_id', true)) IN ('*', tenant_id));

-- Processes that execute runs; a worker says that it lives when it looks for lost runs.
CREATE TABLE convergence.workers (
  worker     text PRIMARY KEY,
  queues     text[] NOT NULL,
  -- Runs that it executes at a time, at least and at most.
  places_min integer NOT NULL,
  places_max integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- Not null: workers take no run of the tenant.
ALTER TABLE tenants.tenant_profiles ADD COLUMN queue_paused_at timestamptz,
  ADD COLUMN queue_paused_by text;

-- Priority: 0 high, 1 normal, 2 low.
ALTER TABLE tenants.tenant_pipeline_runs
  ADD COLUMN queue text NOT NULL DEFAULT 'pipeline',
  ADD COLUMN priority smallint NOT NULL DEFAULT 1 CHECK (priority IN (0, 1, 2));

DROP INDEX tenants.tenant_pipeline_execution_queue_waiting;

ALTER TABLE tenants.tenant_pipeline_execution_queue
  DROP COLUMN turn,
  ADD COLUMN queue text NOT NULL DEFAULT 'pipeline',
  ADD COLUMN priority smallint NOT NULL DEFAULT 1;

-- Within a tenant the highest priority goes first, then the oldest run.
CREATE INDEX tenant_pipeline_execution_queue_waiting
  ON tenants.tenant_pipeline_execution_queue (tenant_id, lane, queue, priority, run_id)
  WHERE fence IS NULL;

ALTER TABLE tenants.tenant_usage_quotas DROP COLUMN last_turn;

DROP SEQUENCE convergence.turn;

-- migrate:down
CREATE SEQUENCE convergence.turn;

ALTER TABLE tenants.tenant_usage_quotas ADD COLUMN last_turn bigint NOT NULL DEFAULT 0;

DROP INDEX tenants.tenant_pipeline_execution_queue_waiting;

-- Runs that wait go in the order of their ids, in turn 0.
ALTER TABLE tenants.tenant_pipeline_execution_queue
  DROP COLUMN queue, DROP COLUMN priority, ADD COLUMN turn bigint NOT NULL DEFAULT 0;

ALTER TABLE tenants.tenant_pipeline_execution_queue ALTER COLUMN turn DROP DEFAULT;

CREATE INDEX tenant_pipeline_execution_queue_waiting
  ON tenants.tenant_pipeline_execution_queue (tenant_id, lane, turn, run_id) WHERE fence IS NULL;

ALTER TABLE tenants.tenant_pipeline_runs DROP COLUMN queue, DROP COLUMN priority;

ALTER TABLE tenants.tenant_profiles DROP COLUMN queue_paused_at, DROP COLUMN queue_paused_by;

DROP TABLE convergence.workers, convergence.tenant_turns, convergence.queues;
