import { z } from 'zod';
import { scalarSpec } from '../../../engine/pipeline/spec/scalar-spec.ts';
import { failureAnswer } from './run/run.ts';

const source = z.string().min(1).max(300).describe('Its path, as `sources/movies.yml`.');
const resource = z.string().min(1).max(100);
const parameters = z
  .record(z.string(), scalarSpec)
  .optional()
  .describe('Values of {{ params.x }} in the source.');

export const sourceCheckBody = z.strictObject({
  source,
  resource: resource.optional(),
  parameters,
});
export type SourceCheckBody = z.input<typeof sourceCheckBody>;

export const sourceCheckAnswer = z.object({
  ok: z.boolean(),
  resources: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      elapsed_ms: z.number(),
      failure: failureAnswer.nullable(),
    }),
  ),
});
export type SourceCheckAnswer = z.infer<typeof sourceCheckAnswer>;

export const sourcePreviewBody = z.strictObject({
  source,
  resource,
  parameters,
  limit: z.int().min(1).max(100).default(10),
});
export type SourcePreviewBody = z.input<typeof sourcePreviewBody>;

export const sourcePreviewAnswer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.record(z.string(), z.unknown())),
});
export type SourcePreviewAnswer = z.infer<typeof sourcePreviewAnswer>;
