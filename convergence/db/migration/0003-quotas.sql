-- migrate:up
-- Plans have the names that the operator's file gives them.
ALTER TABLE tenants.tenant_subscriptions DROP CONSTRAINT tenant_subscriptions_plan_check;

-- Rows and raw bytes of published loads, counted as runs are: by day and month of the tenant.
ALTER TABLE tenants.tenant_usage_quotas
  ADD COLUMN rows_today       bigint NOT NULL DEFAULT 0,
  ADD COLUMN rows_this_month  bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_today      bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_this_month bigint NOT NULL DEFAULT 0,
  -- Source files of the tenant, as of its newest run.
  ADD COLUMN sources          integer NOT NULL DEFAULT 0;

-- What was counted for each load of a chain of restarts, kept at its first run, so that no load is
-- counted twice: {"<load id>": {"day", "rows", "bytes"}}.
ALTER TABLE tenants.tenant_pipeline_runs ADD COLUMN counted_loads jsonb;

-- migrate:down
ALTER TABLE tenants.tenant_pipeline_runs DROP COLUMN counted_loads;

ALTER TABLE tenants.tenant_usage_quotas
  DROP COLUMN rows_today,
  DROP COLUMN rows_this_month,
  DROP COLUMN bytes_today,
  DROP COLUMN bytes_this_month,
  DROP COLUMN sources;

-- Not valid: tenants may have plans of other names.
ALTER TABLE tenants.tenant_subscriptions ADD CONSTRAINT tenant_subscriptions_plan_check
  CHECK (plan IN ('starter', 'professional', 'scale', 'enterprise')) NOT VALID;
