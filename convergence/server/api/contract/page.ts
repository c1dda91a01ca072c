import { z } from 'zod';

/** Query of every list that is cut into pages. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(500).optional().describe('`next_cursor` of the page before.'),
});

export const nextCursor = z.string().nullable().describe('null on the last page.');
