import type { Command } from 'commander';
import type { OnboardAnswer, OnboardBody } from '../../../server/api/contract/tenant/onboarding.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { withPlatform } from '../../client/with-platform.ts';

interface OnboardOptions {
  readonly name?: string;
  readonly plan?: OnboardBody['plan'];
  readonly timeZone?: string;
  readonly sample: boolean;
  readonly dryRun?: boolean;
}

export function declareOnboard(tenant: Command, cli: Cli): void {
  tenant
    .command('onboard')
    .description(
      'Makes a tenant: profile, subscription, quota, dataset, sample pipeline, first key. May be ' +
        'repeated: what is there stays.',
    )
    .argument('<tenant>', '3 to 50 of a-z, 0-9 and _, beginning with a letter')
    .option('--name <text>', 'for people')
    .option('--plan <plan>', 'one of `convergence tenant plans`; default: starter')
    .option('--time-zone <zone>', 'IANA name; days of quotas begin at its midnight')
    .option('--no-sample', 'without a sample pipeline')
    .option('--dry-run', 'only say what would be made')
    .action(action(cli, onboardTenant));
}

async function onboardTenant(
  invocation: Invocation,
  tenantId: string,
  { name, plan, timeZone, sample, dryRun }: OnboardOptions,
): Promise<void> {
  const { out } = invocation;
  const onboarded = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.onboardTenant({
      tenant_id: tenantId,
      display_name: name,
      plan,
      time_zone: timeZone,
      sample_pipeline: sample,
      dry_run: dryRun ?? false,
    }),
  );
  answer(out, onboarded, (value) => renderOnboarding(tenantId, value, out.style));
}

function renderOnboarding(
  tenantId: string,
  { steps, api_key, dry_run }: OnboardAnswer,
  style: Style,
): string[] {
  const lines = steps.map(({ name, state, note }) => {
    const mark = state === 'done' ? style.good('✔') : style.faint('-');
    return `${mark} ${name}: ${state.replaceAll('_', ' ')}${note && `, ${note}`}`;
  });
  const key = api_key === null ? [] : ['', `API key, shown this once: ${style.strong(api_key)}`];
  const title = dry_run ? `${tenantId}: nothing was done` : tenantId;
  return [style.strong(title), ...lines, ...key];
}
