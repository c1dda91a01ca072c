import type { TestRunner } from '../../engine/rollout/rollout-deps.ts';
import { runCommand } from './run-command.ts';
import type { CommandOptions } from './run-command.ts';

/** The command of the gate `tests`, run by the shell of the system. */
export class ShellTestRunner implements TestRunner {
  async run(
    commandLine: string,
    folder: string,
    options: CommandOptions,
  ): Promise<{ readonly exitCode: number }> {
    return runCommand({ program: '/bin/sh', args: ['-c', commandLine], folder }, options);
  }
}
