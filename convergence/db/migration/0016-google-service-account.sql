-- migrate:up
-- The account as which BigQuery works for the tenant; null: that of the platform.
ALTER TABLE tenants.tenant_profiles ADD COLUMN google_service_account text;

-- migrate:down
ALTER TABLE tenants.tenant_profiles DROP COLUMN google_service_account;
