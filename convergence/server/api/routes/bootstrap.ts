import { createHmac, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { fail } from '../../../engine/error-codes.ts';
import type { Api } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import { bootstrapAnswer, bootstrapBody } from '../contract/bootstrap.ts';
import type { BootstrapAnswer } from '../contract/bootstrap.ts';

type BootstrapDeps = Pick<ApiDeps, 'controlPlane' | 'settings' | 'clock'>;
type Body = z.output<typeof bootstrapBody>;

const CONFIRMATION_LASTS_MS = 600_000;

export function addBootstrapRoute(api: Api, deps: BootstrapDeps): void {
  const schema = {
    tags: ['admin'],
    summary: 'Make the control tables; with force, drop everything in them first.',
    body: bootstrapBody,
    response: { 200: bootstrapAnswer },
  };
  api.post('/api/v1/admin/bootstrap', { config: { access: 'admin' }, schema }, ({ body }) =>
    bootstrap(body, deps),
  );
}

async function bootstrap(body: Body, deps: BootstrapDeps): Promise<BootstrapAnswer> {
  const recreate = body.force_recreate_dataset || body.force_recreate_tables;
  if (recreate && deps.settings.ENVIRONMENT === 'production') confirm(body.confirmation, deps);
  const tables = await deps.controlPlane.bootstrap({ recreate });
  return {
    status: 'success',
    message: recreate ? 'The tables were dropped and made anew.' : 'The tables are there.',
    dataset: 'tenants',
    tables_created: tables.length,
  };
}

/** A token is good for ten to twenty minutes, in every process that has the same admin key. */
function confirm(sent: string | undefined, { settings, clock }: BootstrapDeps): void {
  const period = Math.floor(clock.now().getTime() / CONFIRMATION_LASTS_MS);
  const tokenOf = (at: number) =>
    createHmac('sha256', settings.ADMIN_API_KEY ?? '')
      .update(`recreate ${at}`)
      .digest('hex');
  const isGood = [period, period - 1].some((at) => equal(sent, tokenOf(at)));
  if (isGood) return;
  throw fail('confirmation_needed', 'This deletes all tenants, keys and runs of production.', {
    hint: 'If it shall, repeat the request with `confirmation` from `details` in its body.',
    details: { confirmation: tokenOf(period) },
  });
}

function equal(sent: string | undefined, token: string): boolean {
  return sent?.length === token.length && timingSafeEqual(Buffer.from(sent), Buffer.from(token));
}
