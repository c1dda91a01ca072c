import { Option } from 'commander';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type {
  SuspendBody,
  TenantAnswer,
  TenantChangeBody,
} from '../../../server/api/contract/tenant/tenant.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';

interface UpdateOptions {
  readonly name?: string;
  readonly plan?: TenantChangeBody['plan'];
  readonly timeZone?: string;
  readonly googleServiceAccount?: string;
}

export function declareChanges(tenant: Command, cli: Cli): void {
  tenant
    .command('update')
    .description('Changes the profile of a tenant.')
    .argument('<tenant>', 'id of the tenant')
    .option('--name <text>', 'for people')
    .option('--plan <plan>', 'one of `convergence tenant plans`')
    .option('--time-zone <zone>', 'IANA name; days of quotas begin at its midnight')
    .option(
      '--google-service-account <address>',
      'as which BigQuery works for it; `none`: as the platform does',
    )
    .action(action(cli, updateTenant));
  tenant
    .command('suspend')
    .description('Lets no run of a tenant start until it is resumed; it may still look.')
    .argument('<tenant>', 'id of the tenant')
    .addOption(
      new Option(
        '--running <choice>',
        'what becomes of runs: those that run end, or all are cancelled',
      )
        .choices(['finish', 'cancel'])
        .default('finish'),
    )
    .action(action(cli, suspendTenant));
  tenant
    .command('resume')
    .description('Ends a suspension; runs that waited go on.')
    .argument('<tenant>', 'id of the tenant')
    .action(action(cli, resumeTenant));
}

async function updateTenant(
  invocation: Invocation,
  tenantId: string,
  { name, plan, timeZone, googleServiceAccount: account }: UpdateOptions,
): Promise<void> {
  if ([name, plan, timeZone, account].every((value) => value === undefined)) {
    throw fail('request_invalid', `What of ${tenantId} shall change?`, {
      hint: 'Add --name, --plan, --time-zone or --google-service-account.',
    });
  }
  const change = {
    display_name: name,
    plan,
    time_zone: timeZone,
    ...(account !== undefined && { google_service_account: account === 'none' ? null : account }),
  };
  await changeTenant(invocation, (client) => client.updateTenant(tenantId, change));
}

async function suspendTenant(
  invocation: Invocation,
  tenantId: string,
  { running }: SuspendBody,
): Promise<void> {
  await changeTenant(invocation, (client) => client.suspendTenant(tenantId, { running }));
}

async function resumeTenant(invocation: Invocation, tenantId: string): Promise<void> {
  await changeTenant(invocation, (client) => client.resumeTenant(tenantId));
}

async function changeTenant(
  invocation: Invocation,
  change: (client: ApiClient) => Promise<TenantAnswer>,
): Promise<void> {
  const changed = await withPlatform(invocation, { worker: false }, ({ client }) => change(client));
  answer(invocation.out, changed, (tenant) => [
    `${tenant.tenant_id} (${tenant.display_name}) is ${tenant.status}: plan ${tenant.plan}, time zone ${tenant.time_zone}`,
  ]);
}
