-- migrate:up
-- What becomes of a tenant is an event too: md5 of its id stands where events of runs have the run.
-- An event without a tenant is the operator's: it outlives the tenant that it tells of.
ALTER TABLE convergence.run_events ALTER COLUMN tenant_id DROP NOT NULL;

ALTER TABLE convergence.event_deliveries ALTER COLUMN tenant_id DROP NOT NULL;

CREATE INDEX run_events_of_operator ON convergence.run_events (at) WHERE tenant_id IS NULL;

-- migrate:down
DROP INDEX convergence.run_events_of_operator;

DELETE FROM convergence.event_deliveries WHERE tenant_id IS NULL;

DELETE FROM convergence.run_events WHERE tenant_id IS NULL;

ALTER TABLE convergence.event_deliveries ALTER COLUMN tenant_id SET NOT NULL;

ALTER TABLE convergence.run_events ALTER COLUMN tenant_id SET NOT NULL;
