import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { answer } from 'base/terminal/out.ts';
import { renderTable } from 'base/terminal/table.ts';
import { readSettings, withControlDatabase } from '../../wire.ts';
import { declareBackup } from './migrate-backup.ts';
import { declareValidate } from './migrate-validate.ts';

export function declareMigrate(parent: Command, cli: Cli): void {
  const migrate = parent
    .command('migrate')
    .summary('look at and change the database schema')
    .helpCommand(false);
  migrate
    .command('status')
    .description('Lists the migrations of this version, and which of them are applied.')
    .action(action(cli, showStatus));
  migrate
    .command('upgrade')
    .description('Applies the migrations that are missing, all or none.')
    .action(action(cli, upgrade));
  migrate
    .command('downgrade')
    .description('Undoes the newest migrations with everything that their tables hold.')
    .option('--steps <count>', 'how many', '1')
    .requiredOption('--yes', 'really: the rows of these tables are lost')
    .action(action(cli, downgrade));
  migrate
    .command('history')
    .description('Lists every migration that was ever applied or undone.')
    .action(action(cli, showHistory));
  declareValidate(migrate, cli);
  declareBackup(migrate, cli);
}

async function showStatus({ out, env }: Invocation): Promise<void> {
  const status = await withControlDatabase(await readSettings(env), ({ database, migrations }) =>
    migrations.readMigrationStatus(database),
  );
  const document = {
    migrations: status.map(({ name, appliedAt }) => ({
      name,
      applied_at: appliedAt?.toISOString() ?? null,
    })),
  };
  answer(out, document, ({ migrations }) => {
    const rows = migrations.map(({ name, applied_at }) => [name, applied_at ?? 'missing']);
    return renderTable([{ title: 'migration' }, { title: 'applied' }], rows, out);
  });
}

async function upgrade({ out, env }: Invocation): Promise<void> {
  const applied = await withControlDatabase(await readSettings(env), ({ database, migrations }) =>
    migrations.upgradeDatabase(database),
  );
  answer(out, { applied }, () =>
    applied.length === 0 ? ['nothing to do'] : applied.map((name) => `applied ${name}`),
  );
}

async function downgrade({ out, env }: Invocation, { steps }: { steps: string }): Promise<void> {
  if (!/^[1-9]\d*$/.test(steps)) {
    throw fail('request_invalid', `--steps is '${steps}', expected a number from 1`);
  }
  const undone = await withControlDatabase(await readSettings(env), ({ database, migrations }) =>
    migrations.downgradeDatabase(database, Number(steps)),
  );
  answer(out, { undone }, () =>
    undone.length === 0 ? ['nothing to do'] : undone.map((name) => `undone ${name}`),
  );
}

async function showHistory({ out, env }: Invocation): Promise<void> {
  const history = await withControlDatabase(await readSettings(env), ({ database, migrations }) =>
    migrations.readMigrationHistory(database),
  );
  const document = { history: history.map((event) => ({ ...event, at: event.at.toISOString() })) };
  answer(out, document, ({ history }) => {
    const columns = ['at', 'direction', 'migration'].map((title) => ({ title }));
    return renderTable(
      columns,
      history.map((one) => [one.at, one.direction, one.name]),
      out,
    );
  });
}
