import type { FastifyRequest } from 'fastify';
import { AppError } from 'base/error.ts';
import { EVENT_TYPES } from '../../../../engine/event/pipeline-event.ts';
import type {
  DeliveryRecord,
  SinkOwner,
  SinkStatus,
} from '../../../../engine/event/sink-record.ts';
import { scopeOf } from '../../access.ts';
import type { Access } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  deliveryListAnswer,
  deliveryQuery,
  newWebhookAnswer,
  newWebhookBody,
  redeliverAnswer,
  redeliverBody,
  webhookAnswer,
  webhookListAnswer,
  webhookParams,
  webhookTestAnswer,
} from '../../contract/event.ts';
import type { DeliveryListAnswer, WebhookAnswer, WebhookTestAnswer } from '../../contract/event.ts';

type WebhookDeps = Pick<ApiDeps, 'sinks' | 'webhooks' | 'clock'>;

/** The same routes twice: within a tenant, and for the operator, whose webhooks get all events. */
interface Place {
  readonly root: string;
  readonly read: Access;
  readonly write: Access;
  readonly ownerOf: (request: FastifyRequest) => SinkOwner;
}

const places: readonly Place[] = [
  {
    root: '/api/v1/webhooks',
    read: 'read',
    write: 'configure',
    ownerOf: (request) => scopeOf(request).tenantId,
  },
  { root: '/api/v1/admin/webhooks', read: 'admin', write: 'admin', ownerOf: () => null },
];

const tags = ['events'];
const params = webhookParams;
const DEFAULT_TYPES = EVENT_TYPES.filter((type) => !type.startsWith('step.'));

export function addWebhookRoutes(api: Api, deps: WebhookDeps): void {
  for (const place of places) {
    addListRoutes(api, place, deps);
    addOneRoutes(api, place, deps);
    addDeliveryRoutes(api, place, deps);
  }
}

function addListRoutes(api: Api, { root, read, write, ownerOf }: Place, deps: WebhookDeps): void {
  const { sinks, webhooks } = deps;
  const summary = 'Webhooks, and the channels that pipelines declare under notify.';
  const listing = { tags, summary, response: { 200: webhookListAnswer } };
  api.get(root, { config: { access: read }, schema: listing }, async (request) => {
    const list = await sinks.listSinks(ownerOf(request));
    return { webhooks: list.map(presentSink) };
  });

  const creation = { tags, body: newWebhookBody, response: { 201: newWebhookAnswer } };
  api.post(root, { config: { access: write }, schema: creation }, async (request, reply) => {
    const { url, events: eventTypes = DEFAULT_TYPES } = request.body;
    const { secret, sealed } = await webhooks.createSecret();
    const webhook = { url, eventTypes, sealedSecret: sealed };
    const made = await sinks.createWebhook(ownerOf(request), webhook);
    return reply.code(201).send({ ...presentSink(made), secret });
  });
}

function addOneRoutes(api: Api, { root, read, write, ownerOf }: Place, deps: WebhookDeps): void {
  const { sinks } = deps;
  const one = `${root}/:webhook_id`;
  const reading = { tags, params, response: { 200: webhookAnswer } };
  api.get(one, { config: { access: read }, schema: reading }, async (request) =>
    presentSink(await sinks.getSink(ownerOf(request), request.params.webhook_id)),
  );

  const removal = { tags, summary: 'Remove it with what waits for it.', params };
  api.delete(one, { config: { access: write }, schema: removal }, async (request, reply) => {
    await sinks.deleteSink(ownerOf(request), request.params.webhook_id);
    return reply.code(204).send();
  });

  const summary = 'Send a test at once and say what came of it.';
  const test = { tags, summary, params, response: { 200: webhookTestAnswer } };
  api.post(`${one}/test`, { config: { access: write }, schema: test }, async (request) => {
    const sink = await sinks.getSink(ownerOf(request), request.params.webhook_id);
    return await testSink(sink, deps);
  });
}

async function testSink(sink: SinkStatus, deps: WebhookDeps): Promise<WebhookTestAnswer> {
  const startedMs = deps.clock.now().getTime();
  const elapsed = () => deps.clock.now().getTime() - startedMs;
  try {
    await deps.webhooks.sendTest(sink);
    return { delivered: true, error: null, elapsed_ms: elapsed() };
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'broken') throw error;
    return { delivered: false, error: error.message, elapsed_ms: elapsed() };
  }
}

function addDeliveryRoutes(api: Api, place: Place, { sinks }: WebhookDeps): void {
  const { root, read, write, ownerOf } = place;
  const one = `${root}/:webhook_id`;
  const response = { 200: deliveryListAnswer };
  const listing = { tags, params, querystring: deliveryQuery, response };
  const options = { config: { access: read }, schema: listing };
  api.get(`${one}/deliveries`, options, async (request) => {
    const { state, before, limit } = request.query;
    const page = await sinks.listDeliveries(ownerOf(request), request.params.webhook_id, {
      limit,
      ...(state && { state }),
      ...(before && { before }),
    });
    const last = page.length === limit ? page.at(-1) : undefined;
    return { deliveries: page.map(presentDelivery), before: last?.eventId ?? null };
  });

  const summary = 'Send again: the dead deliveries, or those of the named events.';
  const again = { tags, summary, params, body: redeliverBody, response: { 200: redeliverAnswer } };
  const acting = { config: { access: write }, schema: again };
  api.post(`${one}/redeliver`, acting, async (request) => {
    const { webhook_id } = request.params;
    const events = request.body?.events;
    return { redelivered: await sinks.redeliver(ownerOf(request), webhook_id, events) };
  });
}

function presentSink(sink: SinkStatus): WebhookAnswer {
  return {
    webhook_id: sink.sinkId,
    kind: sink.kind,
    pipeline_id: sink.pipelineId,
    address: shownAddress(sink),
    events: [...sink.eventTypes],
    created_at: sink.createdAt.toISOString(),
    waiting: sink.waiting,
    dead: sink.dead,
    failures: sink.failures,
    next_attempt_at: sink.failures > 0 ? sink.dueAt.toISOString() : null,
    last_error: sink.lastError,
    last_delivered_at: sink.lastDeliveredAt?.toISOString() ?? null,
  };
}

/** The path of an incoming webhook of Slack is a password. */
function shownAddress({ kind, address }: SinkStatus): string {
  return kind === 'slack' && URL.canParse(address) ? `${new URL(address).origin}/…` : address;
}

function presentDelivery(delivery: DeliveryRecord): DeliveryListAnswer['deliveries'][number] {
  return {
    sequence: delivery.eventId,
    pipeline_logging_id: delivery.runId,
    tenant_id: delivery.tenantId,
    state: delivery.state,
    attempts: delivery.attempts,
    due_at: delivery.dueAt.toISOString(),
    settled_at: delivery.settledAt?.toISOString() ?? null,
    last_error: delivery.lastError,
  };
}
