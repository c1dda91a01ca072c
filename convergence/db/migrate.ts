import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { fail } from '../engine/error-codes.ts';
import { readMigrations } from './read-migrations.ts';
import type { Migration } from './read-migrations.ts';

type Db = Kysely<unknown>;

/** What is migrated; `transact` runs its work in one transaction that sees every row. */
export interface MigratedDatabase {
  transact<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

export interface MigrationState {
  readonly name: string;
  readonly appliedAt: Date | null;
}

/** A line of the history, oldest first; downs are kept as well. */
export interface MigrationEvent {
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly checksum: string;
  readonly at: Date;
}

/** Any number: who migrates holds this lock until the commit. */
const LOCK_ID = 7_206_113;

/** Each migration of the code, and when it was applied. @throws migration_conflict */
export function readMigrationStatus(
  database: MigratedDatabase,
  migrations = readMigrations(),
): Promise<readonly MigrationState[]> {
  return database.transact(async (db) => {
    const applied = appliedOf(await readHistory(db), migrations);
    return migrations.map(({ name }) => ({ name, appliedAt: applied.get(name)?.at ?? null }));
  });
}

/** Every up and down that was ever done to the database. */
export function readMigrationHistory(
  database: MigratedDatabase,
): Promise<readonly MigrationEvent[]> {
  return database.transact(readHistory);
}

/**
 * Applies what is missing, in one transaction; others who try it meanwhile wait and find nothing to
 * do. Gives the names that were applied. @throws migration_conflict
 */
export function upgradeDatabase(
  database: MigratedDatabase,
  migrations = readMigrations(),
): Promise<readonly string[]> {
  return database.transact(async (db) => {
    const applied = appliedOf(await lockHistory(db), migrations);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(db, migration, 'up');
    return missing.map(({ name }) => name);
  });
}

/**
 * Undoes the newest `steps` migrations with everything that their tables hold, in one transaction.
 * Gives the names that were undone, newest first. @throws migration_conflict
 */
export function downgradeDatabase(
  database: MigratedDatabase,
  steps: number,
  migrations = readMigrations(),
): Promise<readonly string[]> {
  return database.transact(async (db) => {
    const applied = appliedOf(await lockHistory(db), migrations);
    const newestFirst = migrations.filter(({ name }) => applied.has(name)).toReversed();
    const undone = newestFirst.slice(0, steps);
    for (const migration of undone) await apply(db, migration, 'down');
    return undone.map(({ name }) => name);
  });
}

async function lockHistory(db: Db): Promise<readonly MigrationEvent[]> {
  await sql`SELECT pg_advisory_xact_lock(${LOCK_ID})`.execute(db);
  await sql`CREATE SCHEMA IF NOT EXISTS convergence`.execute(db);
  await sql`
    CREATE TABLE IF NOT EXISTS convergence.migration_history (
      id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name      text NOT NULL,
      direction text NOT NULL CHECK (direction IN ('up', 'down')),
      checksum  text NOT NULL,
      at        timestamptz NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);
  return await readHistory(db);
}

async function readHistory(db: Db): Promise<readonly MigrationEvent[]> {
  const { rows } = await sql<{ there: boolean }>`
    SELECT to_regclass('convergence.migration_history') IS NOT NULL AS there`.execute(db);
  if (!rows[0]?.there) return [];
  const history = await sql<MigrationEvent>`
    SELECT name, direction, checksum, at FROM convergence.migration_history ORDER BY id`.execute(
    db,
  );
  return history.rows;
}

/** What is applied, by name; the code must have each of them, unchanged. */
function appliedOf(
  history: readonly MigrationEvent[],
  migrations: readonly Migration[],
): ReadonlyMap<string, MigrationEvent> {
  const newest = new Map(history.map((event) => [event.name, event]));
  const applied = [...newest.values()].filter(({ direction }) => direction === 'up');
  for (const { name, checksum } of applied) {
    const known = migrations.find((migration) => migration.name === name);
    if (known?.checksum !== checksum) throw conflict(name, known !== undefined);
  }
  return new Map(applied.map((event) => [event.name, event]));
}

function conflict(name: string, known: boolean): Error {
  const message = known
    ? `Migration ${name} was changed after it was applied to this database.`
    : `This database has migration ${name}, which this version does not know.`;
  return fail('migration_conflict', message, {
    hint: known
      ? 'Put the file back as it was and add a new migration for the change.'
      : 'Run the newer version again, or downgrade the database with it first.',
    details: { migration: name },
  });
}

async function apply(db: Db, migration: Migration, direction: 'up' | 'down'): Promise<void> {
  for (const statement of migration[direction]) await sql.raw(statement).execute(db);
  await sql`
    INSERT INTO convergence.migration_history (name, direction, checksum)
    VALUES (${migration.name}, ${direction}, ${migration.checksum})`.execute(db);
}
