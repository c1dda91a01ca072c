import { Command } from 'commander';
import { declareFaults } from './commands/faults.ts';
import { declareLogs } from './commands/logs.ts';
import { declareStart } from './commands/start.ts';
import { declareStatus } from './commands/status.ts';
import { declareStop } from './commands/stop.ts';
import type { Cli } from './invocation.ts';

/** The whole command line; errors of parsing are thrown as commander's own. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('local-cloud')
    .description('An offline Google Cloud: Cloud Run, Cloud Monitoring and Cloud Storage.')
    .option('--home <folder>', 'of the state; by default LOCAL_CLOUD_HOME or .local-cloud')
    .option('--json', 'write JSON for machines on standard output, and nothing else there')
    .option('--debug', 'show the causes of an error')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  for (const declare of [declareStart, declareStatus, declareStop, declareLogs, declareFaults])
    declare(program, cli);
  return program.helpCommand(false);
}
