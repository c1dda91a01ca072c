-- migrate:up
-- Topics of Pub/Sub.
ALTER TABLE convergence.event_sinks DROP CONSTRAINT event_sinks_kind_check;

ALTER TABLE convergence.event_sinks ADD CONSTRAINT event_sinks_kind_check
  CHECK (kind IN ('webhook', 'slack', 'email', 'pubsub'));

-- migrate:down
DELETE FROM convergence.event_sinks WHERE kind = 'pubsub';

ALTER TABLE convergence.event_sinks DROP CONSTRAINT event_sinks_kind_check;

ALTER TABLE convergence.event_sinks ADD CONSTRAINT event_sinks_kind_check
  CHECK (kind IN ('webhook', 'slack', 'email'));
