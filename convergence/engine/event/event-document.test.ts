import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventDocument, eventJsonSchema, toEventDocument } from './event-document.ts';

const file = join(import.meta.dirname, '../../../docs/reference/schemas/event.schema.json');
const asJson = { serializers: [(schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`] };
const runId = '01990000-0000-7000-8000-000000000001';

// After a change: node --test --test-update-snapshots convergence/engine/event/event-document.test.ts
test('docs/reference/schemas/event.schema.json says what is sent', (t) => {
  t.assert.fileSnapshot(eventJsonSchema(), file, asJson);
});

test('a failed run is a CloudEvent that its schema accepts', () => {
  const document = toEventDocument(
    {
      id: 42,
      at: new Date('2026-03-01T12:00:00.000Z'),
      tenantId: 'acme',
      pipelineId: 'orders daily',
      runId,
      triggerBy: 'schedule',
      step: null,
      status: 'FAILED',
      attempt: null,
      code: 'source_refused',
      message: 'Run FAILED: the source answers 404',
    },
    'https://etl.example.com',
  );
  assert.deepEqual(eventDocument.parse(document), {
    specversion: '1.0',
    id: `${runId}_42`,
    source: '/tenants/acme/pipelines/orders%20daily',
    type: 'convergence.run.failed',
    subject: runId,
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: runId,
    data: {
      version: 1,
      sequence: 42,
      tenant_id: 'acme',
      pipeline_id: 'orders daily',
      pipeline_logging_id: runId,
      trigger_by: 'schedule',
      step: null,
      status: 'FAILED',
      attempt: null,
      code: 'source_refused',
      message: 'Run FAILED: the source answers 404',
      link: `https://etl.example.com/api/v1/pipelines/runs/${runId}`,
    },
  });
});

test('a change of a tenant is a CloudEvent that its schema accepts', () => {
  const document = toEventDocument(
    {
      id: 43,
      at: new Date('2026-03-01T12:00:00.000Z'),
      tenantId: 'acme',
      change: 'suspended',
      streamId: runId,
      message: 'Tenant acme is suspended and starts no runs',
    },
    undefined,
  );
  assert.deepEqual(eventDocument.parse(document), {
    specversion: '1.0',
    id: 'acme_43',
    source: '/tenants/acme',
    type: 'convergence.tenant.suspended',
    subject: 'acme',
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: 'acme',
    data: {
      version: 1,
      sequence: 43,
      tenant_id: 'acme',
      change: 'suspended',
      message: 'Tenant acme is suspended and starts no runs',
    },
  });
});
