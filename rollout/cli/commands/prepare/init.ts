import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { initFile } from '../../../engine/service/init-file.ts';
import { loadRolloutFile } from '../../../engine/service/load-rollout-file.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';

const FILE = 'rollout.yaml';

interface InitOptions {
  readonly service?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function declareInit(parent: Command, cli: Cli): void {
  parent
    .command('init')
    .summary('write a commented rollout.yaml')
    .description('Writes a rollout.yaml that says what each key is for, into this folder.')
    .option('--service <name>', 'of Cloud Run; the name of the folder by default')
    .option('--force', 'also over one that is there')
    .option('--dry-run', 'only print it')
    .action(action(cli, init));
}

async function init(invocation: Invocation, options: InitOptions): Promise<void> {
  const { out, folder } = invocation;
  const service = options.service ?? nameOf(folder);
  const text = initFile(service);
  const [problem] = loadRolloutFile(text, FILE).problems;
  if (problem) {
    throw fail('flag_invalid', `--service is '${service}', expected ${problem.expected}`);
  }
  if (options.dryRun) {
    out.line(text.trimEnd());
    out.json({ file: FILE, text });
    return;
  }
  await writeFile(join(folder, FILE), text, { flag: options.force ? 'w' : 'wx' }).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
      throw fail('config_exists', `There is a ${FILE} already`, {
        hint: 'Add --force to write over it, or --dry-run to see what would be written.',
      });
    },
  );
  out.line(
    `Wrote ${FILE} for the service ${service}. Next: adapt it, then \`rollout plan local\`.`,
  );
  out.json({ file: FILE, service });
}

/** What a service may be called: the closest to the folder's name. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 49);
  return name === '' ? 'hello' : name;
}
