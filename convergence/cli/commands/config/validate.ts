import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import type { Problem } from 'base/document/problem.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderProblem } from '../../render/problem-lines.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { listTenantFolders } from '../tenant-folders.ts';
import { openConfigs, readSettings } from '../../wire.ts';

interface CheckedFolder {
  readonly tenant: string;
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

export function declareValidate(parent: Command, cli: Cli): void {
  parent
    .command('validate')
    .summary('find every mistake in config files')
    .description(
      'Finds every mistake in the files of tenants, without a running platform. Exit code 2 when ' +
        'there are some.',
    )
    .argument('[tenants...]', 'names of folders in CONFIG_DIR; all when none is named')
    .action(action(cli, validateFolders));
}

async function validateFolders(invocation: Invocation, named: readonly string[]): Promise<void> {
  const { out, env } = invocation;
  const { CONFIG_DIR } = await readSettings(env);
  const configs = await openConfigs(CONFIG_DIR);
  const tenants = named.length > 0 ? named : await listTenantFolders(CONFIG_DIR).catch(() => []);
  if (tenants.length === 0) {
    throw fail('tenant_absent', `CONFIG_DIR is '${CONFIG_DIR}', and no tenant has a folder there`, {
      hint: 'Name the folder that holds the tenants in CONFIG_DIR.',
    });
  }
  const checked: CheckedFolder[] = [];
  for (const tenant of tenants) checked.push({ tenant, ...(await configs.checkFolder(tenant)) });
  const document = { tenants: checked.map(({ tenant, problems }) => ({ tenant, problems })) };
  answer(out, document, () => checked.flatMap((folder) => renderFolder(folder, CONFIG_DIR, out)));
  throwIfAny(checked);
}

function renderFolder(
  { tenant, files, problems }: CheckedFolder,
  configDir: string,
  frame: TableFrame,
): string[] {
  if (problems.length === 0) {
    return [`${frame.style.good('ok')}  ${tenant}: ${files.size} files`];
  }
  return problems.flatMap((problem) => {
    const placed = { ...problem, file: `${configDir}/${tenant}/${problem.file}` };
    return renderProblem(placed, files.get(problem.file), frame);
  });
}

function throwIfAny(checked: readonly CheckedFolder[]): void {
  const count = checked.reduce((sum, { problems }) => sum + problems.length, 0);
  if (count === 0) return;
  const faulty = checked.filter(({ problems }) => problems.length > 0).map(({ tenant }) => tenant);
  const problems = count === 1 ? 'one problem' : `${count} problems`;
  throw fail('config_invalid', `${problems} in the files of ${faulty.join(', ')}`);
}
