import { z } from 'zod';

/** Body of every answer from 400 on: RFC 9457, as `application/problem+json`. */
export const problemDocument = z.object({
  type: z.string().describe('A URI that names the kind of problem.'),
  title: z.string().describe('The same for every problem of this type.'),
  status: z.int(),
  detail: z.string().describe('What is wrong in this request, and what was expected.'),
  code: z.string().describe('One of docs/reference/errors.md.'),
  hint: z.string().optional().describe('What to do next.'),
  instance: z.string().describe('This request, as in the server’s log.'),
  errors: z
    .array(
      z.object({
        path: z.string().describe('Where in the request, as `body.tenant_id`.'),
        message: z.string(),
        expected: z.string().optional(),
      }),
    )
    .optional()
    .describe('Every mistake of an invalid request.'),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('For machines: a limit, its use and when it resets; problems of files.'),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
