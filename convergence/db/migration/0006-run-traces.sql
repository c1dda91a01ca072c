-- migrate:up
-- W3C traceparent of the request that asked for the run: the worker goes on with its trace.
ALTER TABLE tenants.tenant_pipeline_runs ADD COLUMN trace_context text;

-- migrate:down
ALTER TABLE tenants.tenant_pipeline_runs DROP COLUMN trace_context;
