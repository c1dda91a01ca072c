import type { Command } from 'commander';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readSettings, validateDatabase } from '../../wire.ts';

const AFTERWORD = `
checksums          what is applied is what the files of this version say
order              nothing is missing below what is applied
dry run            what is missing can be applied to the rows that are there; it is rolled back
down and up again  each migration undone leaves nothing, on an empty database in memory`;

export function declareValidate(migrate: Command, cli: Cli): void {
  migrate
    .command('validate')
    .description('Tries the migrations, and changes nothing. Exit code 1 when something fails.')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, validate));
}

async function validate({ out, env }: Invocation): Promise<number> {
  const findings = await validateDatabase(await readSettings(env));
  for (const { name, problems } of findings) {
    const mark = problems.length === 0 ? out.style.good('ok  ') : out.style.bad('FAIL');
    out.line(`${mark}  ${name}`);
    for (const problem of problems) out.line(`      ${problem}`);
  }
  out.json({ findings });
  return findings.every(({ problems }) => problems.length === 0) ? 0 : 1;
}
