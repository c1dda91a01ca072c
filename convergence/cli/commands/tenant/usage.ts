import type { Command } from 'commander';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import type { Column, TableFrame } from 'base/terminal/table.ts';
import type { PlanListAnswer, UsageListAnswer } from '../../../server/api/contract/tenant/usage.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { nearestLimit, renderUsage, showAmount } from '../../render/usage-table.ts';

/** `tenant usage` and `tenant plans`. */
export function declareUsage(tenant: Command, cli: Cli): void {
  tenant
    .command('usage')
    .description('Shows what a tenant has used of its plan, or who is nearest to a limit.')
    .argument('[tenant]', 'id of a tenant; all when none is named')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(action(cli, showUsage));
  tenant
    .command('plans')
    .description('Shows the plans in force, with their limits and how many tenants have them.')
    .action(action(cli, showPlans));
}

async function showUsage(
  invocation: Invocation,
  tenantId: string | undefined,
  { cursor }: { cursor?: string },
): Promise<void> {
  const { out, options } = invocation;
  if (tenantId === undefined) {
    const page = await withPlatform(invocation, { worker: false }, ({ client }) =>
      client.listUsage({ cursor }),
    );
    return answer(out, page, (value) => renderRanking(value, out));
  }
  const actingFor = { ...invocation, options: { ...options, tenant: tenantId } };
  const usage = await withPlatform(actingFor, { worker: false }, ({ client }) =>
    client.readUsage(),
  );
  answer(out, usage, ({ plan, time_zone, limits }) => [
    `${out.style.strong(tenantId)}  plan ${plan}, days of ${time_zone}`,
    '',
    ...renderUsage(limits, out),
  ]);
}

function renderRanking(page: UsageListAnswer, frame: TableFrame): string[] {
  if (page.tenants.length === 0) return ['no tenants'];
  const columns: readonly Column[] = [
    { title: 'tenant', isWhole: true },
    { title: 'plan' },
    { title: '%', side: 'right' },
    { title: 'nearest limit' },
    { title: 'used', side: 'right' },
    { title: 'allowed', side: 'right' },
    { title: 'resets at' },
  ];
  const rows = page.tenants.map(({ tenant_id, plan, limits, nearness }) => {
    const near = nearestLimit(limits);
    const percent = String(Math.floor(100 * nearness));
    return [tenant_id, plan, ...(near ? [percent, ...near] : ['', 'none'])];
  });
  const { next_cursor: next } = page;
  const more = next === null ? [] : [frame.style.faint(`more: --cursor ${next}`)];
  return [...renderTable(columns, rows, frame), ...more];
}

async function showPlans(invocation: Invocation): Promise<void> {
  const { out } = invocation;
  const list = await withPlatform(invocation, { worker: false }, ({ client }) =>
    client.listPlans(),
  );
  answer(out, list, (value) => renderPlans(value, out));
}

function renderPlans({ plans, problem }: PlanListAnswer, frame: TableFrame): string[] {
  const names = Object.keys(plans[0]?.limits ?? {}) as (keyof (typeof plans)[0]['limits'])[];
  const columns: readonly Column[] = [
    { title: 'limit', isWhole: true },
    ...plans.map(({ name }) => ({ title: name, side: 'right' }) as const),
  ];
  const rows = names.map((name) => [
    name.replace(/_bytes$/, '').replaceAll('_', ' '),
    ...plans.map(({ limits }) => showAmount(name, limits[name])),
  ]);
  const tenants = ['tenants', ...plans.map((plan) => String(plan.tenants))];
  const note =
    problem === null ? [] : ['', frame.style.bad('The changed file is not in force:'), problem];
  return [...renderTable(columns, [...rows, tenants], frame), ...note];
}
