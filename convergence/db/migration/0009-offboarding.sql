-- migrate:up
-- Folder below DATA_DIR/exports into which a tenant that leaves is exported, '' for none; null for
-- one that stays. Set before anything is exported or removed, so that whoever repeats goes on.
ALTER TABLE tenants.tenant_profiles ADD COLUMN offboarding_to text;

-- migrate:down
ALTER TABLE tenants.tenant_profiles DROP COLUMN offboarding_to;
