import { z } from 'zod';
import { newTenantBody, tenantAnswer } from './tenant.ts';

export const onboardBody = newTenantBody.extend({
  sample_pipeline: z.boolean().default(true).describe('Write a first pipeline where it can be.'),
  dry_run: z.boolean().default(false).describe('Only say what would be done.'),
});
export type OnboardBody = z.input<typeof onboardBody>;

export const onboardAnswer = z.object({
  dry_run: z.boolean(),
  tenant: tenantAnswer.nullable().describe('null in a dry run of a new tenant.'),
  api_key: z.string().nullable().describe('Shown once; null when the tenant has a key already.'),
  steps: z.array(
    z.object({
      name: z.enum(['profile', 'subscription', 'quota', 'dataset', 'sample_pipeline', 'api_key']),
      state: z.enum(['done', 'was_there', 'would_do', 'left_out']),
      note: z.string(),
    }),
  ),
});
export type OnboardAnswer = z.infer<typeof onboardAnswer>;
