import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';

/** Role of the tests: it owns its databases and may create roles, but row-level security binds it. */
const ROLE = 'convergence';

const INSTALL = `PostgreSQL is needed here and was not found. Install it:
  Debian, Ubuntu   sudo apt-get install postgresql
  macOS            brew install postgresql
or set TEST_POSTGRES_URL to a server on which its user may create databases.`;

/**
 * Starts postgres, then waits until its standard input ends. The pipe ends with the process that
 * holds it, however that process ends, so no kill -9 leaves a server or a folder behind.
 */
const SUPERVISE = `
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c timezone=UTC -c max_connections=200 \\
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB &
cat >/dev/null
kill -QUIT $! 2>/dev/null
wait $!
rm -rf "$2"`;

export interface PostgresServer {
  /** `postgres://role@localhost/postgres?host=<folder of the socket>` */
  readonly url: string;
  /** Stops the server and removes its folder; so does the end of this process. */
  stop(): Promise<void>;
}

/** True when `startPostgres` will find the programs of a PostgreSQL server. */
export function hasPostgres(): boolean {
  return findPrograms() !== undefined;
}

/**
 * Starts a PostgreSQL server of its own in a temporary folder: about one second. It listens on a
 * Unix socket alone and forgets durability for speed. Throws with the way to install it.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms();
  if (!programs) throw new Error(INSTALL);
  const folder = mkdtempSync(join(tmpdir(), 'convergence-pg-'));
  const user = unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  initDatabase(programs, folder, user);
  const supervisor = spawn('sh', ['-c', SUPERVISE, 'sh', programs, folder], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await untilReady(supervisor);
  letProcessEnd(supervisor);
  await createRole(folder);
  return { url: urlOf(ROLE, folder), stop: () => stop(supervisor) };
}

/** The folder of initdb and postgres: Debian keeps them off PATH, newest version last. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const folders = [
    ...newestFirst.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: the user that its package made takes over, else nobody. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const idOf = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }));
      return { uid: idOf('-u'), gid: idOf('-g') };
    } catch {
      continue;
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody.');
}

function initDatabase(programs: string, folder: string, user: User | undefined): void {
  const flags = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C'];
  execFileSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), '--no-sync', ...flags], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  });
}

async function untilReady(supervisor: ChildProcess): Promise<void> {
  let said = '';
  supervisor.stderr?.setEncoding('utf8');
  for await (const chunk of supervisor.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    if (said.includes('ready to accept connections')) return;
    if (said.includes('FATAL')) break;
  }
  supervisor.stdin?.end();
  throw new Error(`PostgreSQL did not start: ${said}`);
}

/** The server must not keep a process alive whose tests are done. */
function letProcessEnd(supervisor: ChildProcess): void {
  supervisor.unref();
  supervisor.stderr?.resume();
  for (const stream of [supervisor.stdin, supervisor.stderr]) {
    (stream as { unref?: () => void } | null)?.unref?.();
  }
}

async function createRole(folder: string): Promise<void> {
  const client = new Client(urlOf('postgres', folder));
  await client.connect();
  await client.query(`CREATE ROLE ${ROLE} LOGIN CREATEDB CREATEROLE`);
  await client.end();
}

function urlOf(role: string, folder: string): string {
  return `postgres://${role}@localhost/postgres?host=${encodeURIComponent(folder)}`;
}

async function stop(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null) return;
  supervisor.ref();
  const ended = once(supervisor, 'exit');
  supervisor.stdin?.end();
  await ended;
}
