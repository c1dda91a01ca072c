import { Command, Option } from 'commander';
import { declareConfig } from './commands/config/config.ts';
import { declareSchema } from './commands/config/schema.ts';
import { declareValidate } from './commands/config/validate.ts';
import { declareCheck } from './commands/source/check.ts';
import { declarePreview } from './commands/source/preview.ts';
import { declareEvents } from './commands/event/events.ts';
import { declareWebhook } from './commands/event/webhook.ts';
import { declareQuery } from './commands/table/query.ts';
import { declareTables } from './commands/table/tables.ts';
import { declareBackfill } from './commands/run/backfill.ts';
import { declareQueue } from './commands/queue/queue.ts';
import { declareCancel } from './commands/run/cancel.ts';
import { declareLogs } from './commands/run/logs.ts';
import { declareReplay } from './commands/run/replay.ts';
import { declareRestart } from './commands/run/restart.ts';
import { declareRun } from './commands/run/run.ts';
import { declareSchedules } from './commands/run/schedules.ts';
import { declareRuns } from './commands/run/runs.ts';
import { declareBootstrap } from './commands/server/bootstrap.ts';
import { declareDoctor } from './commands/server/doctor.ts';
import { declareSetupKms } from './commands/key/setup-kms.ts';
import { declareGenerateAdminKey } from './commands/key/generate-admin-key.ts';
import { declareMigrate } from './commands/server/migrate.ts';
import { declareServers } from './commands/server/serve.ts';
import { declareVerify } from './commands/verify/verify.ts';
import { declareAdminKey } from './commands/key/admin-key.ts';
import { declareCredential } from './commands/key/credential.ts';
import { declareKey } from './commands/key/key.ts';
import { declareTenant } from './commands/tenant/tenant.ts';
import type { Cli } from './invocation.ts';

type Declare = (parent: Command, cli: Cli) => void;

const GROUPS: Readonly<Record<string, readonly Declare[]>> = {
  'Servers:': [
    declareServers,
    declareQueue,
    declareBootstrap,
    declareMigrate,
    declareVerify,
    declareDoctor,
  ],
  'Keys:': [
    declareKey,
    declareCredential,
    declareAdminKey,
    declareGenerateAdminKey,
    declareSetupKms,
  ],
  'Tenants:': [declareTenant],
  'Runs:': [
    declareRun,
    declareRuns,
    declareLogs,
    declareCancel,
    declareRestart,
    declareReplay,
    declareBackfill,
    declareSchedules,
  ],
  'Events:': [declareEvents, declareWebhook],
  'Data:': [declareCheck, declarePreview, declareTables, declareQuery],
  'Configs:': [declareConfig, declareValidate, declareSchema],
};

/** The whole command line; errors of parsing are thrown as commander's own. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('convergence')
    .description('Runs data pipelines for many tenants: extract, check, load, transform.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  addGlobalOptions(program);
  for (const [heading, declarations] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const declare of declarations) declare(program, cli);
  }
  return program.helpCommand(false);
}

function addGlobalOptions(program: Command): void {
  const options = [
    new Option('--json', 'write JSON for machines on standard output, and nothing else there'),
    new Option('--url <url>', 'address of the platform').env('CONVERGENCE_URL'),
    new Option('--api-key <key>', 'key of a tenant').env('CONVERGENCE_API_KEY'),
    new Option('--admin-key <key>', 'key of the operator').env('ADMIN_API_KEY'),
    new Option('--debug', 'show the causes of an error'),
  ];
  for (const option of options) program.addOption(option);
}
