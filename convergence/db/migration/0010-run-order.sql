-- migrate:up
-- The run that was admitted last: the next one of the tenant is numbered after it, also where another
-- machine's clock is ahead.
ALTER TABLE tenants.tenant_usage_quotas ADD COLUMN newest_run_id uuid;

-- migrate:down
ALTER TABLE tenants.tenant_usage_quotas DROP COLUMN newest_run_id;
