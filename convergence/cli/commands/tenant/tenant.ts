import { Option } from 'commander';
import type { Command } from 'commander';
import type { TenantAnswer } from '../../../server/api/contract/tenant/tenant.ts';
import type { UsageAnswer } from '../../../server/api/contract/tenant/usage.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { declareUsage } from './usage.ts';
import { renderUsage } from '../../render/usage-table.ts';
import { declareChanges } from './change.ts';
import { declareOffboard } from './offboard.ts';
import { declareOnboard } from './onboard.ts';

const STATUSES = ['active', 'suspended', 'offboarding'];

interface ListOptions {
  readonly status?: string;
  readonly plan?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export function declareTenant(parent: Command, cli: Cli): void {
  const tenant = parent
    .command('tenant')
    .summary('onboard, list, change and offboard tenants')
    .helpCommand(false);
  declareOnboard(tenant, cli);
  tenant
    .command('list')
    .description('Lists the tenants.')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option('--plan <plan>', 'only those with this plan')
    .option('--limit <count>', 'at most so many, up to 200')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(action(cli, listTenants));
  tenant
    .command('show')
    .description('Shows a tenant and how much of its plan is used.')
    .argument('<tenant>', 'id of the tenant')
    .action(action(cli, showTenant));
  declareChanges(tenant, cli);
  declareOffboard(tenant, cli);
  declareUsage(tenant, cli);
}

async function listTenants(
  invocation: Invocation,
  { status, plan, limit, cursor }: ListOptions,
): Promise<void> {
  const { out } = invocation;
  const page = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listTenants({ status, plan, limit, cursor }),
  );
  answer(out, page, ({ tenants, next_cursor }) => {
    if (tenants.length === 0) return ['no tenants; `convergence tenant onboard NAME` makes one'];
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
