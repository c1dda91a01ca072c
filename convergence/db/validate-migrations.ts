import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { describeSchema } from './describe-schema.ts';
import type { SchemaItem } from './describe-schema.ts';
import { downgradeDatabase, readMigrationHistory, upgradeDatabase } from './migrate.ts';
import type { MigratedDatabase, MigrationEvent } from './migrate.ts';
import type { Migration } from './read-migrations.ts';

/** One promise of the migrations, and how it is broken. */
export interface MigrationFinding {
  readonly name: 'checksums' | 'order' | 'dry run' | 'down and up again';
  readonly problems: readonly string[];
}

export interface Validated {
  /** What shall be upgraded; it stays as it is. */
  readonly database: MigratedDatabase;
  /** An empty one, to try everything in. */
  readonly scratch: MigratedDatabase;
  readonly migrations: readonly Migration[];
}

/** Whether the migrations of this version fit the database, and can be done and undone. */
export async function validateMigrations(validated: Validated): Promise<MigrationFinding[]> {
  const applied = appliedOf(await readMigrationHistory(validated.database));
  const { migrations } = validated;
  return [
    { name: 'checksums', problems: findChanged(applied, migrations) },
    { name: 'order', problems: findOvertaken(applied, migrations) },
    { name: 'dry run', problems: await findFailing(validated) },
    { name: 'down and up again', problems: await findLopsided(validated) },
  ];
}

function appliedOf(history: readonly MigrationEvent[]): readonly MigrationEvent[] {
  const newest = new Map(history.map((event) => [event.name, event]));
  return [...newest.values()].filter(({ direction }) => direction === 'up');
}

function findChanged(
  applied: readonly MigrationEvent[],
  migrations: readonly Migration[],
): string[] {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  return applied.flatMap(({ name, checksum }) => {
    if (!known.has(name)) return `${name} is applied, and this version does not know it`;
    return known.get(name) === checksum ? [] : `${name} was changed after it was applied`;
  });
}

/** A migration that comes after others in its name was tried on a schema with theirs, and only so. */
function findOvertaken(
  applied: readonly MigrationEvent[],
  migrations: readonly Migration[],
): string[] {
  const names = new Set(applied.map(({ name }) => name));
  const newest = [...names].toSorted().at(-1) ?? '';
  const missing = migrations.filter(({ name }) => !names.has(name) && name < newest);
  return missing.map(({ name }) => `${name} is missing, although ${newest} is applied`);
}

const UNDO = new Error('rolled back on purpose');

/** What is missing, applied to the rows that are there, in a transaction that is rolled back. */
async function findFailing({ database, migrations }: Validated): Promise<string[]> {
  try {
    await database.transact(async (db) => {
      // Whoever works with the tables meanwhile must not wait for a mere try.
      await sql`SET LOCAL lock_timeout = '5s'`.execute(db);
      await upgradeDatabase({ transact: (work) => work(db) }, migrations);
      throw UNDO;
    });
  } catch (error) {
    if (error !== UNDO) return [error instanceof Error ? error.message : String(error)];
  }
  return [];
}

/** Each migration undone gives what was before it, and all done again what was before that. */
async function findLopsided({ scratch, migrations }: Validated): Promise<string[]> {
  const describe = () => scratch.transact(async (db) => withoutHistory(await describeSchema(db)));
  const problems: string[] = [];
  const before: (readonly SchemaItem[])[] = [];
  try {
    for (const [index] of migrations.entries()) {
      before.push(index === 0 ? [] : await describe());
      await upgradeDatabase(scratch, migrations.slice(0, index + 1));
    }
    const whole = await describe();
    for (const { name } of migrations.toReversed()) {
      await downgradeDatabase(scratch, 1, migrations);
      problems.push(...differences(`${name} undone`, before.pop() ?? [], await describe()));
    }
    await upgradeDatabase(scratch, migrations);
    problems.push(...differences('all done again', whole, await describe()));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

/** Made by whoever migrates first, and never undone. */
function withoutHistory(items: readonly SchemaItem[]): readonly SchemaItem[] {
  return items.filter(({ of, name }) => !`${of} ${name}`.includes('migration_history'));
}

function differences(
  when: string,
  expected: readonly SchemaItem[],
  found: readonly SchemaItem[],
): string[] {
  const lacks = (items: readonly SchemaItem[], item: SchemaItem) =>
    !items.some((other) => isDeepStrictEqual(other, item));
  const show = ({ kind, of, name }: SchemaItem) => `${kind} ${of} ${name}`;
  return [
    ...expected.filter((item) => lacks(found, item)).map((item) => `${when} lacks ${show(item)}`),
    ...found.filter((item) => lacks(expected, item)).map((item) => `${when} leaves ${show(item)}`),
  ];
}
