import { z } from 'zod';
import { EVENT_TYPES, eventType } from './pipeline-event.ts';
import type { PipelineEvent } from './pipeline-event.ts';

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string().describe('The same each time this event is sent: what came twice has it twice.'),
  source: z.string().describe('/tenants/<tenant>/pipelines/<pipeline>'),
  subject: z.string().describe('Id of the run.'),
  time: z.iso.datetime().describe('When the change was stored, in UTC.'),
  datacontenttype: z.literal('application/json'),
  partitionkey: z.string().describe('Id of the run: events with the same key come in order.'),
};

/**
 * An event as it is sent: CloudEvents 1.0.2 in structured mode, with its extension `partitionkey`.
 * Within a version of `data` fields are only added.
 */
export const eventDocument = z.object({
  ...envelope,
  type: z.enum(EVENT_TYPES.map((type) => `convergence.${type}` as const)),
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
export type EventDocument = z.infer<typeof eventDocument>;

/** `publicUrl`: where the API is reached, without a slash at its end. */
export function toEventDocument(
  event: PipelineEvent,
  publicUrl: string | undefined,
): EventDocument {
  const { id, runId, tenantId, pipelineId } = event;
  return {
    specversion: '1.0',
    id: `${runId}_${id}`,
    source: `/tenants/${tenantId}/pipelines/${encodeURIComponent(pipelineId)}`,
    type: `convergence.${eventType(event)}`,
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
  const description = 'What is sent for each new state of a run or step: CloudEvents 1.0 as JSON.';
  return { $schema, $id: 'event.schema.json', title: 'event', description, ...body };
}
