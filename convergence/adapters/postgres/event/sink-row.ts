import { sql } from 'kysely';

/** A `SinkRecord`. */
export const SINK_COLUMNS = sql`s.sink_id AS "sinkId", s.tenant_id AS "tenantId", s.kind,
  s.pipeline_id AS "pipelineId", s.address, s.event_types AS "eventTypes",
  s.sealed_secret AS "sealedSecret", s.created_at AS "createdAt"`;
