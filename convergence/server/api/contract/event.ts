import { z } from 'zod';
import { eventDocument } from '../../../engine/event/event-document.ts';
import { EVENT_TYPES } from '../../../engine/event/pipeline-event.ts';
import { instant } from './instant.ts';

export const eventQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('`after` of the page before.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

export const eventListAnswer = z.object({
  events: z.array(eventDocument),
  after: z.int().describe('Send it as `after` to go on from here; nothing is missed.'),
  more: z.boolean().describe('True: the page is full, so ask for the next at once.'),
});
export type EventListAnswer = z.infer<typeof eventListAnswer>;

const eventTypes = z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length);

export const newWebhookBody = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), 'a URL without user and password'),
  events: eventTypes.optional().describe('Default: all of runs and tenants, none of steps.'),
});
export type NewWebhookBody = z.input<typeof newWebhookBody>;

export const webhookParams = z.object({ webhook_id: z.string().min(1).max(100) });

export const webhookAnswer = z.object({
  webhook_id: z.string(),
  kind: z.enum(['webhook', 'slack', 'email', 'pubsub']),
  pipeline_id: z.string().nullable().describe('Declares it under `notify`; null: registered.'),
  address: z.string().describe('Of a declared one with its secrets not filled in.'),
  events: z.array(z.enum(EVENT_TYPES)),
  created_at: instant,
  waiting: z.int().describe('Deliveries that are still to be made.'),
  dead: z.int().describe('Deliveries that were given up; redeliver sends them again.'),
  failures: z.int().describe('Since the last good delivery.'),
  next_attempt_at: instant.nullable().describe('While it fails.'),
  last_error: z.string().nullable(),
  last_delivered_at: instant.nullable(),
});
export type WebhookAnswer = z.infer<typeof webhookAnswer>;

export const newWebhookAnswer = webhookAnswer.extend({
  secret: z.string().describe('Verifies signatures; shown this once.'),
});
export type NewWebhookAnswer = z.infer<typeof newWebhookAnswer>;

export const webhookListAnswer = z.object({ webhooks: z.array(webhookAnswer) });
export type WebhookListAnswer = z.infer<typeof webhookListAnswer>;

export const webhookTestAnswer = z.object({
  delivered: z.boolean(),
  error: z.string().nullable(),
  elapsed_ms: z.int(),
});
export type WebhookTestAnswer = z.infer<typeof webhookTestAnswer>;

const deliveryState = z.enum(['waiting', 'delivered', 'dead']);

export const deliveryQuery = z.strictObject({
  state: deliveryState.optional(),
  before: z.coerce.number().int().min(1).optional().describe('`before` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const deliveryListAnswer = z.object({
  deliveries: z.array(
    z.object({
      sequence: z.int().describe('Of the event.'),
      pipeline_logging_id: z.string().nullable().describe('null: of the tenant itself.'),
      tenant_id: z.string().nullable().describe('null: it is gone.'),
      state: deliveryState,
      attempts: z.int(),
      due_at: instant,
      settled_at: instant.nullable(),
      last_error: z.string().nullable(),
    }),
  ),
  before: z.int().nullable().describe('Send it as `before` for older ones; null: no more.'),
});
export type DeliveryListAnswer = z.infer<typeof deliveryListAnswer>;

export const redeliverBody = z
  .strictObject({
    events: z.array(z.int().min(1)).min(1).max(1_000).optional().describe('Sequences of events.'),
  })
  .nullish();

export const redeliverAnswer = z.object({ redelivered: z.int() });
export type RedeliverAnswer = z.infer<typeof redeliverAnswer>;
