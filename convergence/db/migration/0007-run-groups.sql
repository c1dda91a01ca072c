-- migrate:up
ALTER TABLE tenants.tenant_pipeline_runs
  -- The run that this one repeats from its first step.
  ADD COLUMN replay_of uuid,
  -- The runs of a backfill have one in common; a restart stays in the group.
  ADD COLUMN group_id uuid,
  -- Days that the run works for, the end not included; null: the day on which it was created.
  ADD COLUMN interval_start date,
  ADD COLUMN interval_end date;

CREATE INDEX tenant_pipeline_runs_group
  ON tenants.tenant_pipeline_runs (tenant_id, group_id, run_id) WHERE group_id IS NOT NULL;

CREATE INDEX tenant_pipeline_runs_restart
  ON tenants.tenant_pipeline_runs (restart_of) WHERE restart_of IS NOT NULL;

-- migrate:down
DROP INDEX tenants.tenant_pipeline_runs_restart;

ALTER TABLE tenants.tenant_pipeline_runs DROP COLUMN replay_of, DROP COLUMN group_id,
  DROP COLUMN interval_start, DROP COLUMN interval_end;
