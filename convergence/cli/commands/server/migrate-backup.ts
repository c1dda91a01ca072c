import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { formatBytes } from 'base/terminal/amount.ts';
import { answer } from 'base/terminal/out.ts';
import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { openBackups, readSettings, withControlDatabase } from '../../wire.ts';

const BACKUP_AFTERWORD = `
Of a server it is a file of pg_dump (custom format), whose programs must be installed,
as of one moment, while the platform goes on. An embedded database must not be in use.
The tables of the warehouse, raw parts and folders of tenants are not in it.`;

const RESTORE_AFTERWORD = `
Stop the platform first. Of a server it is one transaction: all of it, or nothing.`;

export function declareBackup(migrate: Command, cli: Cli): void {
  migrate
    .command('backup')
    .description('Writes the control database to a file that must not be there yet.')
    .argument('[file]', 'by default convergence-TIME.backup in this folder')
    .addHelpText('after', BACKUP_AFTERWORD)
    .action(action(cli, backUp));
  migrate
    .command('restore')
    .description('Makes the control database from a file of `migrate backup`.')
    .argument('<file>', 'the backup')
    .option('--replace', 'really: drop what the database holds')
    .addHelpText('after', RESTORE_AFTERWORD)
    .action(action(cli, restore));
}

async function backUp({ out, env }: Invocation, given: string | undefined): Promise<void> {
  const settings = await readSettings(env);
  const file = given ?? `convergence-${new Date().toISOString().replaceAll(':', '-')}.backup`;
  if (existsSync(file)) {
    throw fail('request_invalid', `${file} is there already, and a backup replaces nothing.`, {
      hint: 'Name another file.',
    });
  }
  const { backUp: write } = await openBackups(settings);
  await write(file);
  const { size } = await stat(file);
  answer(out, { file, size_bytes: size }, () => [`wrote ${file} (${formatBytes(size)})`]);
}

async function restore(
  { out, env }: Invocation,
  file: string,
  { replace = false }: { replace?: boolean },
): Promise<void> {
  if (!existsSync(file)) throw fail('request_invalid', `There is no file ${file}.`);
  const settings = await readSettings(env);
  const { restore: read } = await openBackups(settings);
  await read({ file, replace });
  const status = await withControlDatabase(settings, ({ database, migrations }) =>
    migrations.readMigrationStatus(database),
  );
  const missing = status.flatMap(({ name, appliedAt }) => (appliedAt ? [] : [name]));
  answer(out, { restored: file, missing_migrations: missing }, () => [
    `restored ${file}`,
    ...(missing.length > 0 ? [`run convergence migrate upgrade: ${missing.join(', ')}`] : []),
  ]);
}
