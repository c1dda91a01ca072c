-- migrate:up
-- When the warehouse got the history of the run; null: it has not.
ALTER TABLE tenants.tenant_pipeline_runs ADD COLUMN mirrored_at timestamptz;

CREATE INDEX tenant_pipeline_runs_unmirrored
  ON tenants.tenant_pipeline_runs (run_id) WHERE finished_at IS NOT NULL AND mirrored_at IS NULL;

-- migrate:down
DROP INDEX tenants.tenant_pipeline_runs_unmirrored;

ALTER TABLE tenants.tenant_pipeline_runs DROP COLUMN mirrored_at;
