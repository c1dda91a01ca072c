import type { Style } from 'base/terminal/style.ts';
import { Option } from 'commander';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { withPlatform } from '../../client/with-platform.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import type { DeploymentCheck } from './deployment-check.ts';
import { SUITES } from './suites.ts';

type SuiteName = keyof typeof SUITES;

interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why it did not pass, and what to do. */
  readonly problem: string | null;
  readonly mend: string | null;
}

const AFTERWORD = `
Where the deployment is: --url, or API_URL, STAGING_URL, PROD_URL for the three
suites; local finds the platform that runs on the data folder, or starts one.
The admin key: --admin-key, or ADMIN_API_KEY. The suites local and staging make a
tenant of their own and remove it; production only reads.`;

export function declareVerify(parent: Command, cli: Cli): void {
  const suite = new Option('--suite <suite>', 'which ten checks');
  parent
    .command('verify')
    .summary('test a running deployment')
    .description('Tests a deployment from outside; leaves nothing behind. Exit code 1 on failure.')
    .addOption(suite.choices(Object.keys(SUITES)).makeOptionMandatory())
    .addHelpText('after', AFTERWORD)
    .action(action(cli, verify));
}

async function verify(invocation: Invocation, { suite }: { suite: SuiteName }): Promise<number> {
  const { out } = invocation;
  const at = { ...invocation, options: { ...invocation.options, ...placeOf(invocation, suite) } };
  const results = await withPlatform(at, { worker: false }, async ({ client }) => {
    const results: CheckResult[] = [];
    for (const check of SUITES[suite].checks) {
      const result = await tryCheck(check, client);
      results.push(result);
      for (const line of renderResult(result, out.style)) out.line(line);
    }
    return results;
  });
  const passed = results.filter((result) => result.passed).length;
  out.line(`${passed}/${results.length} tests passed`);
  out.json({ suite, passed, total: results.length, tests: results });
  return passed === results.length ? 0 : 1;
}

/** @throws settings_invalid when nobody says where staging or production is */
function placeOf({ options, env }: Invocation, suite: SuiteName): { url?: string } {
  const { variable } = SUITES[suite];
  const url = options.url ?? env[variable];
  if (url) return { url };
  if (suite === 'local') return {};
  throw fail('settings_invalid', `Where is ${suite}? Neither --url nor ${variable} says it`, {
    hint: `Set ${variable} to its address, as in https://convergence.example.com.`,
  });
}

async function tryCheck(deployed: DeploymentCheck, client: ApiClient): Promise<CheckResult> {
  const { name, mend } = deployed;
  try {
    await deployed.check(client);
    return { name, passed: true, problem: null, mend: null };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, passed: false, problem, mend };
  }
}

function renderResult({ name, passed, problem, mend }: CheckResult, style: Style): string[] {
  if (passed) return [`${style.good('ok  ')}  ${name}`];
  return [`${style.bad('FAIL')}  ${name}: ${problem}`, `      mend: ${mend}`];
}
