import type { Command } from 'commander';
import type {
  OnboardAnswer,
  OnboardBody,
  TenantAnswer,
} from '../../../server/api/contract/tenant/tenant.ts';
import type { UsageAnswer } from '../../../server/api/contract/tenant/usage.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import type { Style } from 'base/terminal/style.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { renderUsage } from '../../render/usage-table.ts';

interface CreateOptions {
  readonly name?: string;
  readonly plan?: OnboardBody['plan'];
  readonly timeZone?: string;
  readonly sample: boolean;
  readonly dryRun?: boolean;
}

export function declareTenant(parent: Command, cli: Cli): void {
  const tenant = parent
    .command('tenant')
    .summary('create, list and show tenants')
    .helpCommand(false);
  tenant
    .command('create')
    .description('Onboards a tenant: profile, first key, sample pipeline. May be repeated.')
    .argument('<tenant>', '3 to 50 of a-z, 0-9 and _, beginning with a letter')
    .option('--name <text>', 'for people')
    .option('--plan <plan>', 'starter, professional, scale or enterprise')
    .option('--time-zone <zone>', 'IANA name; days of quotas begin at its midnight')
    .option('--no-sample', 'without a sample pipeline')
    .option('--dry-run', 'only say what would be done')
    .action(action(cli, createTenant));
  tenant
    .command('list')
    .description('Lists the tenants.')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(action(cli, listTenants));
  tenant
    .command('show')
    .description('Shows a tenant and how much of its plan is used.')
    .argument('<tenant>', 'id of the tenant')
    .action(action(cli, showTenant));
}

async function createTenant(
  invocation: Invocation,
  tenantId: string,
  { name, plan, timeZone, sample, dryRun }: CreateOptions,
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

async function listTenants(invocation: Invocation, { cursor }: { cursor?: string }): Promise<void> {
  const { out } = invocation;
  const page = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listTenants({ cursor }),
  );
  answer(out, page, ({ tenants, next_cursor }) => {
    if (tenants.length === 0) return ['no tenants; `convergence tenant create NAME` makes one'];
    const columns = ['tenant', 'name', 'status', 'plan', 'created'].map((title) => ({ title }));
    const rows = tenants.map((one) => [
      one.tenant_id,
      one.display_name,
      one.status,
      one.plan,
      one.created_at.slice(0, 10),
    ]);
    const more = next_cursor === null ? [] : [out.style.faint(`more: --cursor ${next_cursor}`)];
    return [...renderTable(columns, rows, out), ...more];
  });
}

async function showTenant(invocation: Invocation, tenantId: string): Promise<void> {
  const { out, options } = invocation;
  const actingFor = { ...invocation, options: { ...options, tenant: tenantId } };
  const shown = await withPlatform(actingFor, { worker: false }, async ({ client }) => ({
    ...(await client.getTenant(tenantId)),
    usage: await client.readUsage(),
  }));
  answer(out, shown, (tenant) => renderTenant(tenant, out));
}

function renderTenant(tenant: TenantAnswer & { usage: UsageAnswer }, frame: TableFrame): string[] {
  return [
    `${frame.style.strong(tenant.tenant_id)}  ${tenant.display_name}`,
    `status     ${tenant.status}`,
    `plan       ${tenant.plan}`,
    `time zone  ${tenant.time_zone}`,
    `created    ${tenant.created_at}`,
    '',
    ...renderUsage(tenant.usage.limits, frame),
  ];
}
