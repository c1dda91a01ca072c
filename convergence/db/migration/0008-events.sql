-- migrate:up
-- For those who follow all events, and those of one tenant. Lines of logs are not in them.
CREATE INDEX run_events_changes ON convergence.run_events (event_id) WHERE kind = 'state';

CREATE INDEX run_events_changes_of_tenant ON convergence.run_events (tenant_id, event_id)
  WHERE kind = 'state';

-- Where events are sent.
CREATE TABLE convergence.event_sinks (
  sink_id           text PRIMARY KEY,
  -- Null: of the operator, for the events of all tenants.
  tenant_id         text REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  kind              text NOT NULL CHECK (kind IN ('webhook', 'slack', 'email')),
  -- Set: declared under notify in that pipeline. Null: registered.
  pipeline_id       text,
  -- A URL or mail addresses; of declared ones as declared, with {{ secrets.x }} not filled in.
  address           text NOT NULL,
  event_types       text[] NOT NULL,
  sealed_secret     text,
  created_at        timestamptz NOT NULL,
  -- Failed deliveries since the last good one.
  failures          integer NOT NULL DEFAULT 0,
  -- Nothing is sent before.
  due_at            timestamptz NOT NULL,
  last_error        text,
  last_delivered_at timestamptz,
  -- One process at a time sends to a sink: whoever wrote the token.
  lease_token       uuid,
  leased_until      timestamptz
) WITH (fillfactor = 70);

CREATE INDEX event_sinks_tenant ON convergence.event_sinks (tenant_id);

CREATE TABLE convergence.event_deliveries (
  sink_id    text NOT NULL REFERENCES convergence.event_sinks ON DELETE CASCADE,
  event_id   bigint NOT NULL,
  tenant_id  text NOT NULL REFERENCES tenants.tenant_profiles ON DELETE CASCADE,
  run_id     uuid NOT NULL,
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
  attempts   integer NOT NULL DEFAULT 0,
  due_at     timestamptz NOT NULL,
  settled_at timestamptz,
  last_error text,
  PRIMARY KEY (sink_id, event_id)
) WITH (fillfactor = 80);

CREATE INDEX event_deliveries_tenant ON convergence.event_deliveries (tenant_id);

CREATE INDEX event_deliveries_waiting ON convergence.event_deliveries (sink_id, attempts, event_id)
  WHERE state = 'waiting';

-- Those that hold up the later events of their run.
CREATE INDEX event_deliveries_tried ON convergence.event_deliveries (sink_id, run_id, event_id)
  WHERE state = 'waiting' AND attempts > 0;

CREATE INDEX event_deliveries_settled ON convergence.event_deliveries (settled_at)
  WHERE state <> 'waiting';

-- Up to which event deliveries were made: one row.
CREATE TABLE convergence.event_routing (routed_to bigint NOT NULL);

INSERT INTO convergence.event_routing SELECT coalesce(max(event_id), 0) FROM convergence.run_events
WHERE kind = 'state';

ALTER TABLE convergence.event_sinks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY of_tenant ON convergence.event_sinks
  USING ((SELECT current_setting('convergence.tenant_id', true)) IN ('*', tenant_id));

ALTER TABLE convergence.event_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY of_tenant ON convergence.event_deliveries
  USING ((SELECT current_setting('convergence.tenant_id', true)) IN ('*', tenant_id));

-- migrate:down
DROP TABLE convergence.event_routing, convergence.event_deliveries, convergence.event_sinks;

DROP INDEX convergence.run_events_changes, convergence.run_events_changes_of_tenant;
