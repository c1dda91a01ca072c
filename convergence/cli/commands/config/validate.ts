import { Option } from 'commander';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { formatProblem } from 'base/document/problem.ts';
import type { Problem } from 'base/document/problem.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderProblem } from '../../render/problem-lines.ts';
import type { TableFrame } from 'base/terminal/table.ts';
import { listTenantFolders } from '../tenant-folders.ts';
import { throwIfAny } from './throw-if-any.ts';
import { validateOnPlatform } from './validate-platform.ts';
import { openConfigs, openSqlJudge, readSettings } from '../../wire.ts';

interface CheckedFolder {
  readonly tenant: string;
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
  /** What could not be judged; nothing that must be mended. */
  readonly remarks: readonly Problem[];
}

const AFTERWORD = `
Files alone do not say all: a credential that a config names looks like a secret that is
missing, a document that was sent to the API like a file that is missing, and more sources
than the plan allows like nothing wrong. --platform asks the platform, which is found or
started as for other commands, of every tenant that is named, or of all.`;

export function declareValidate(parent: Command, cli: Cli): void {
  parent
    .command('validate')
    .summary('find every mistake in config files')
    .description(
      'Finds every mistake in the files of tenants, without a running platform. Exit code 2 when ' +
        'there are some. With --platform the platform judges instead, which knows more.',
    )
    .argument('[tenants...]', 'names of folders in CONFIG_DIR; all when none is named')
    .option('--platform', 'also documents that were sent, credentials, and the limits of the plan')
    .addHelpText('after', AFTERWORD)
    .addOption(
      new Option(
        '--warehouse <warehouse>',
        'judge the SQL of transforms too, without the warehouse',
      ).choices(['bigquery']),
    )
    .action(action(cli, validateFolders));
}

async function validateFolders(
  invocation: Invocation,
  named: readonly string[],
  { warehouse, platform }: { warehouse?: 'bigquery'; platform?: boolean },
): Promise<void> {
  if (platform && warehouse) {
    throw fail('request_invalid', '--warehouse judges files, and --platform does not read them', {
      hint: 'Call it twice.',
    });
  }
  if (platform) return validateOnPlatform(invocation, named);
  const { out, env } = invocation;
  const { CONFIG_DIR } = await readSettings(env);
  const tenants = named.length > 0 ? named : await listTenantFolders(CONFIG_DIR).catch(() => []);
  if (tenants.length === 0) {
    throw fail('tenant_absent', `CONFIG_DIR is '${CONFIG_DIR}', and no tenant has a folder there`, {
      hint: 'Name the folder that holds the tenants in CONFIG_DIR.',
    });
  }
  const checked = await checkFolders(CONFIG_DIR, tenants, warehouse !== undefined);
  const document = {
    tenants: checked.map(({ tenant, problems, remarks }) => ({
      tenant,
      problems,
      ...(warehouse && { remarks }),
    })),
  };
  answer(out, document, () => checked.flatMap((folder) => renderFolder(folder, CONFIG_DIR, out)));
  throwIfAny(checked);
}

async function checkFolders(
  configDir: string,
  tenants: readonly string[],
  judgesSql: boolean,
): Promise<CheckedFolder[]> {
  const configs = await openConfigs(configDir);
  const judge = judgesSql ? await openSqlJudge() : null;
  try {
    const checked: CheckedFolder[] = [];
    for (const tenant of tenants) {
      const { files, config, problems } = await configs.checkFolder(tenant);
      const judged = await judge?.judge(config);
      const all = [...problems, ...(judged?.problems ?? [])];
      checked.push({ tenant, files, problems: all, remarks: judged?.remarks ?? [] });
    }
    return checked;
  } finally {
    await judge?.close();
  }
}

function renderFolder(
  { tenant, files, problems, remarks }: CheckedFolder,
  configDir: string,
  frame: TableFrame,
): string[] {
  const placed = <Found extends Problem>(found: Found) => ({
    ...found,
    file: `${configDir}/${tenant}/${found.file}`,
  });
  const noted = remarks.map((remark) => frame.style.faint(formatProblem(placed(remark))));
  if (problems.length === 0) {
    return [...noted, `${frame.style.good('ok')}  ${tenant}: ${files.size} files`];
  }
  const found = problems.flatMap((problem) =>
    renderProblem(placed(problem), files.get(problem.file), frame),
  );
  return [...noted, ...found];
}
