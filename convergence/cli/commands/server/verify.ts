import { Option } from 'commander';
import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { deploymentChecks } from './deployment-checks.ts';
import type { DeploymentCheck } from './deployment-checks.ts';

interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly problem: string | null;
}

export function declareVerify(parent: Command, cli: Cli): void {
  parent
    .command('verify')
    .summary('test a running deployment')
    .description('Tests a deployment from outside; leaves nothing behind. Exit code 1 on failure.')
    .addOption(
      new Option('--suite <suite>', 'which checks').choices(['local']).makeOptionMandatory(),
    )
    .action(action(cli, verify));
}

async function verify(invocation: Invocation): Promise<number> {
  const { out } = invocation;
  const results = await withPlatform(invocation, { worker: false }, async ({ client }) => {
    const results: CheckResult[] = [];
    for (const check of deploymentChecks) {
      const result = await tryCheck(check, client);
      results.push(result);
      const mark = result.passed ? out.style.good('ok  ') : out.style.bad('FAIL');
      out.line(`${mark}  ${result.name}${result.problem === null ? '' : `: ${result.problem}`}`);
    }
    return results;
  });
  const passed = results.filter((result) => result.passed).length;
  out.line(`${passed}/${results.length} tests passed`);
  out.json({ suite: 'local', passed, total: results.length, tests: results });
  return passed === results.length ? 0 : 1;
}

async function tryCheck(
  { name, check }: DeploymentCheck,
  client: Parameters<DeploymentCheck['check']>[0],
): Promise<CheckResult> {
  try {
    await check(client);
    return { name, passed: true, problem: null };
  } catch (error) {
    return { name, passed: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
