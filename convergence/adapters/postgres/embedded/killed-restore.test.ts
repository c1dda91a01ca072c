import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { openControlDatabase } from '../open-control-database.ts';
import { backUpPglite } from './backup-pglite.ts';

/** Restores, and dies before or after its n-th rename: `before 2`. */
const RESTORER = `
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const [dataDir, file, when, nth] = process.argv.slice(1);
const { rename } = promises;
let renames = 0;
promises.rename = async (...paths) => {
  const isHere = ++renames === Number(nth);
  if (isHere && when === 'before') process.kill(process.pid, 'SIGKILL');
  await rename(...paths);
  if (isHere) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
const { restorePglite } = await import(${JSON.stringify(import.meta.resolve('./backup-pglite.ts'))});
await restorePglite(dataDir, { file, replace: true });`;

const folder = mkdtempSync(join(tmpdir(), 'convergence-restore-'));
const [template, backup] = [join(folder, 'template'), join(folder, 'a.backup')];
after(() => rmSync(folder, { recursive: true }));

/** A backup of one generation, and a data folder with the next. */
before(async () => {
  await write('of the backup');
  await backUpPglite(template, backup);
  await write('of the day');
});

async function write(generation: string): Promise<void> {
  const database = await openControlDatabase({ dataDir: template });
  await database.withOperator(async (db) => {
    await sql`CREATE SCHEMA IF NOT EXISTS trial`.execute(db);
    await sql`CREATE TABLE IF NOT EXISTS trial.generations (name text)`.execute(db);
    await sql`INSERT INTO trial.generations VALUES (${generation})`.execute(db);
  });
  await database.close();
}

async function readNewest(dataDir: string): Promise<unknown> {
  const database = await openControlDatabase({ dataDir });
  const { rows } = await database.withOperator((db) =>
    sql<{ name: string }>`SELECT name FROM trial.generations ORDER BY name DESC LIMIT 1`.execute(
      db,
    ),
  );
  await database.close();
  return rows[0]?.name;
}

const KILLS = [
  { point: 'before 1', left: ['control', 'control.draft'], next: 'of the day' },
  { point: 'after 1', left: ['control.draft', 'control.old'], next: 'of the backup' },
  { point: 'after 2', left: ['control', 'control.old'], next: 'of the backup' },
];

for (const { point, left, next } of KILLS) {
  test(`killed ${point}. rename, the next start has the database ${next}`, async () => {
    const dataDir = join(folder, point);
    cpSync(template, dataDir, { recursive: true });
    const args = ['--input-type=module-typescript', '-e', RESTORER, dataDir, backup];
    const child = spawn(process.execPath, [...args, ...point.split(' ')], { stdio: 'inherit' });
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    const folders = () => readdirSync(dataDir).filter((name) => name.startsWith('control'));
    assert.deepEqual(folders(), left);
    assert.equal(await readNewest(dataDir), next);
    assert.deepEqual(folders(), ['control']);
  });
}
