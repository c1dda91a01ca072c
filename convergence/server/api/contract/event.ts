import { z } from 'zod';
import { eventDocument } from '../../../engine/event/event-document.ts';

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
