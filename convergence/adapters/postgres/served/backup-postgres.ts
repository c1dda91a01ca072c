import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '../../../engine/error-codes.ts';

const execute = promisify(execFile);

const SCHEMAS = ['--schema=tenants', '--schema=convergence'];
/** As which role somebody restores is theirs to choose. */
const NO_ROLES = ['--no-owner', '--no-privileges'];
/** Rows of all tenants: `pg_dump` refuses to be shown fewer rows by a policy, unless told that. */
const SESSION = '-c convergence.tenant_id=* -c lock_timeout=10s';

/**
 * Writes the control tables of a server to a file of `pg_dump --format=custom`, as of one moment.
 * @throws program_missing, backup_failed
 */
export async function backUpPostgres(url: string, file: string): Promise<void> {
  // The file holds hashes of keys: it is closed to others before anything is in it.
  await (await open(file, 'wx', 0o600)).close();
  const what = ['--format=custom', '--enable-row-security', ...SCHEMAS, ...NO_ROLES];
  try {
    await run('pg_dump', [...what, '--file', file, '--dbname', withoutPassword(url)], url);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/**
 * Makes the control tables of a server from a file of `backUpPostgres`, dropping what is there, in
 * one transaction. @throws program_missing, backup_invalid, backup_failed
 */
export async function restorePostgres(url: string, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'convergence-restore-'));
  try {
    // Written out first: the end of a broken file must not look like the end of the transaction.
    const script = join(folder, 'script.sql');
    await run('pg_restore', [...NO_ROLES, '--file', script, file], url).catch((cause: unknown) => {
      throw isMissing(cause) ? cause : invalid(file, cause);
    });
    const drop = 'DROP SCHEMA IF EXISTS tenants, convergence CASCADE';
    const flags = ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1'];
    const commands = ['--command', drop, '--file', script];
    await run('psql', [...flags, ...commands, '--dbname', withoutPassword(url)], url);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Arguments of a process are seen by everybody on the machine, its environment is not. */
function withoutPassword(url: string): string {
  const bare = new URL(url);
  bare.password = '';
  return bare.href;
}

async function run(program: string, args: readonly string[], url: string): Promise<void> {
  const password = decodeURIComponent(new URL(url).password);
  const env = { ...process.env, PGOPTIONS: SESSION, ...(password && { PGPASSWORD: password }) };
  try {
    await execute(program, args, { env, maxBuffer: 64e6 });
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') {
      throw fail('program_missing', `${program} is not installed on this machine.`, {
        hint: 'Install the client programs of PostgreSQL: sudo apt-get install postgresql-client.',
      });
    }
    throw fail('backup_failed', `${program} ended with ${String(code)}: ${lastLines(stderr)}`, {
      hint: 'Nothing was changed. Is its version at least that of the server, and nobody working?',
      cause,
    });
  }
}

function lastLines(stderr: string): string {
  return stderr.trim().split('\n').slice(-3).join(' ');
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'program_missing';
}

function invalid(file: string, cause: unknown): Error {
  return fail('backup_invalid', `${file} is no whole backup of a served database.`, {
    hint: 'Nothing was changed. Take another backup, or one that `migrate backup` made.',
    cause,
  });
}
