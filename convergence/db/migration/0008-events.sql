-- migrate:up
-- For those who follow all events, and those of one tenant. Lines of logs are not in them.
CREATE INDEX run_events_changes ON convergence.run_events (event_id) WHERE kind = 'state';

CREATE INDEX run_events_changes_of_tenant ON convergence.run_events (tenant_id, event_id)
  WHERE kind = 'state';

-- migrate:down
DROP INDEX convergence.run_events_changes, convergence.run_events_changes_of_tenant;
