-- migrate:up
-- First of the moments right before due_at that were missed and are not made up for.
ALTER TABLE tenants.tenant_scheduled_pipeline_runs ADD COLUMN missed_since timestamptz;

-- Of the pipeline files from which the schedules of the tenant were last read.
ALTER TABLE tenants.tenant_profiles ADD COLUMN schedules_stamp text;

-- What the configs of tenants declared when they were last read, so that finding what is due does not
-- mean reading all configs.
CREATE TABLE convergence.schedules (
  tenant_id     text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  pipeline_id   text NOT NULL,
  cron          text NOT NULL,
  time_zone     text NOT NULL,
  missed        text NOT NULL CHECK (missed IN ('none', 'last', 'all')),
  jitter_ms     integer NOT NULL,
  -- False: no config declares it any more. The row stays, so that it is still disabled if it returns.
  declared      boolean NOT NULL,
  disabled_at   timestamptz,
  disabled_by   text,
  -- Moments up to this one have been decided upon.
  settled_until timestamptz NOT NULL,
  -- When something is to be decided next; null: never, as things are.
  next_at       timestamptz,
  PRIMARY KEY (tenant_id, pipeline_id)
);

CREATE INDEX schedules_next ON convergence.schedules (next_at, tenant_id, pipeline_id)
  WHERE next_at IS NOT NULL;

ALTER TABLE convergence.schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE convergence.schedules FORCE ROW LEVEL SECURITY;

CREATE POLICY of_tenant ON convergence.schedules USING ((
  SELECT current_setting('convergence.tenant_id', true)) IN ('*', tenant_id));

-- migrate:down
DROP TABLE convergence.schedules;

ALTER TABLE tenants.tenant_profiles DROP COLUMN schedules_stamp;

ALTER TABLE tenants.tenant_scheduled_pipeline_runs DROP COLUMN missed_since;

