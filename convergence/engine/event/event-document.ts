import { z } from 'zod';
import { EVENT_TYPES, eventType, isTenantEvent, TENANT_CHANGES } from './pipeline-event.ts';
import type { EventType, PipelineEvent, StoredEvent, TenantEvent } from './pipeline-event.ts';

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string().describe('The same each time this event is sent: what came twice has it twice.'),
  source: z.string().describe('/tenants/<tenant>, of a run /tenants/<tenant>/pipelines/<pipeline>'),
  subject: z.string().describe('Id of the run, or of the tenant.'),
  time: z.iso.datetime().describe('When the change was stored, in UTC.'),
  datacontenttype: z.literal('application/json'),
  partitionkey: z.string().describe('As subject: events with the same key come in order.'),
};

type RunType = Exclude<EventType, `tenant.${string}`>;
const RUN_TYPES = EVENT_TYPES.filter((type): type is RunType => !type.startsWith('tenant.'));

const runDocument = z.object({
  ...envelope,
  type: z.enum(RUN_TYPES.map((type) => `convergence.${type}` as const)),
  data: z.object({
    version: z.literal(1),
    sequence: z.int().describe('Grows within a run.'),
    tenant_id: z.string(),
    pipeline_id: z.string(),
    pipeline_logging_id: z.string().describe('Id of the run.'),
    trigger_by: z.string(),
    step: z.string().nullable().describe('null: the run itself.'),
    status: z.enum(['PENDING', 'RUNNING', 'COMPLETE', 'FAILED', 'CANCELLED', 'SKIPPED']),
    attempt: z.int().nullable(),
    code: z.string().nullable().describe('Of a failure: one of docs/reference/errors.md.'),
    message: z.string(),
    link: z.string().nullable().describe('The run in the API, where PUBLIC_URL is set.'),
  }),
});

const tenantDocument = z.object({
  ...envelope,
  type: z.enum(TENANT_CHANGES.map((change) => `convergence.tenant.${change}` as const)),
  data: z.object({
    version: z.literal(1),
    sequence: z.int().describe('Grows within a tenant.'),
    tenant_id: z.string(),
    change: z.enum(TENANT_CHANGES),
    message: z.string(),
  }),
});

/**
 * An event as it is sent: CloudEvents 1.0.2 in structured mode, with its extension `partitionkey`.
 * Within a version of `data` fields are only added.
 */
export const eventDocument = z.union([runDocument, tenantDocument]);
export type EventDocument = z.infer<typeof eventDocument>;

/** `publicUrl`: where the API is reached, without a slash at its end. */
export function toEventDocument(event: StoredEvent, publicUrl: string | undefined): EventDocument {
  return isTenantEvent(event) ? documentOfTenant(event) : documentOfRun(event, publicUrl);
}

function documentOfTenant({ id, at, tenantId, change, message }: TenantEvent): EventDocument {
  return {
    specversion: '1.0',
    id: `${tenantId}_${id}`,
    source: `/tenants/${tenantId}`,
    type: `convergence.tenant.${change}`,
    subject: tenantId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    partitionkey: tenantId,
    data: { version: 1, sequence: id, tenant_id: tenantId, change, message },
  };
}

function documentOfRun(event: PipelineEvent, publicUrl: string | undefined): EventDocument {
  const { id, runId, tenantId, pipelineId } = event;
  return {
    specversion: '1.0',
    id: `${runId}_${id}`,
    source: `/tenants/${tenantId}/pipelines/${encodeURIComponent(pipelineId)}`,
    type: `convergence.${eventType(event) as RunType}`,
    subject: runId,
    time: event.at.toISOString(),
    datacontenttype: 'application/json',
    partitionkey: runId,
    data: {
      version: 1,
      sequence: id,
      tenant_id: tenantId,
      pipeline_id: pipelineId,
      pipeline_logging_id: runId,
      trigger_by: event.triggerBy,
      step: event.step,
      status: event.status,
      attempt: event.attempt,
      code: event.code,
      message: event.message,
      link: runLink(runId, publicUrl),
    },
  };
}

export function runLink(runId: string, publicUrl: string | undefined): string | null {
  return publicUrl === undefined ? null : `${publicUrl}/api/v1/pipelines/runs/${runId}`;
}

/** JSON Schema (draft 2020-12) of the document. */
export function eventJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(eventDocument);
  const description =
    'What is sent for each new state of a run, step or tenant: CloudEvents 1.0 as JSON.';
  return { $schema, $id: 'event.schema.json', title: 'event', description, ...body };
}
