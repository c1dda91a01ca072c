import { Command, Option } from 'commander';
import { declareScheduler } from './commands/scheduler/apply.ts';
import { declareContractDiff } from './commands/contract/diff.ts';
import { declareReplay } from './commands/judge/replay.ts';
import { declareSimulate } from './commands/judge/simulate.ts';
import { declareHistory } from './commands/look/history.ts';
import { declareRevisions } from './commands/look/revisions.ts';
import { declareStatus } from './commands/look/status.ts';
import { declareVerify } from './commands/look/verify.ts';
import { declareCleanup } from './commands/mend/cleanup.ts';
import { declareMonitor } from './commands/mend/monitor.ts';
import { declareRollback } from './commands/mend/rollback.ts';
import { declareDoctor } from './commands/prepare/doctor.ts';
import { declareInit } from './commands/prepare/init.ts';
import { declareSetup } from './commands/setup/setup.ts';
import { declareDeploy } from './commands/release/deploy.ts';
import { declarePlan } from './commands/release/plan.ts';
import { declareSteering } from './commands/release/steer.ts';
import { declareWatch } from './commands/release/watch.ts';
import type { Cli } from './invocation.ts';

type Declare = (parent: Command, cli: Cli) => void;

const GROUPS: Readonly<Record<string, readonly Declare[]>> = {
  'Before:': [declareInit, declareSetup, declareDoctor, declarePlan],
  'A release:': [declareDeploy, declareWatch, declareSteering],
  'Going back:': [declareRollback, declareMonitor, declareCleanup],
  'Looking:': [declareStatus, declareRevisions, declareHistory, declareVerify],
  'The judge:': [declareJudge],
  'The contract:': [declareContract],
  'Around it:': [declareScheduler],
};

/** The whole command line; errors of parsing are thrown as commander's own. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('rollout')
    .description(
      'Ships a service so that a bad release hurts almost nobody and nobody has to watch.',
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addOption(
      new Option('--json', 'write JSON for machines on standard output, and nothing else there'),
    )
    .addOption(new Option('--debug', 'show the causes of an error'));
  for (const [heading, declarations] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const declare of declarations) declare(program, cli);
  }
  return program.helpCommand(false);
}

function declareContract(parent: Command, cli: Cli): void {
  const contract = parent
    .command('contract')
    .summary('what a release changes for clients of its API')
    .helpCommand(false);
  declareContractDiff(contract, cli);
}

function declareJudge(parent: Command, cli: Cli): void {
  const judge = parent
    .command('judge')
    .summary('what the judge can see, and would have said')
    .helpCommand(false);
  declareSimulate(judge, cli);
  declareReplay(judge, cli);
}
