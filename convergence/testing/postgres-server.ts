import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';

/** Role of the tests: it owns its databases and may create roles, but row-level security binds it. */
const ROLE = 'convergence';

const INSTALL = `PostgreSQL is needed here and was not found. Install it:
  Debian, Ubuntu   sudo apt-get install postgresql
  macOS            brew install postgresql
or set TEST_POSTGRES_URL to a server on which its user may create databases.`;

/**
 * Starts postgres, and again with each line on its standard input, until that ends. The pipe ends
 * with the process that holds it, however that process ends, so no kill -9 leaves a server or a
 * folder behind.
 */
const SUPERVISE = `
trap '' INT TERM HUP
programs=$1 folder=$2
shift 2
start() {
  "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c timezone=UTC \\
    -c max_connections=200 -c shared_buffers=32MB "$@" &
}
start "$@"
while read -r _; do start "$@"; done
kill -QUIT $! 2>/dev/null
wait $!
rm -rf "$folder"`;

const FORGETFUL = ['fsync', 'synchronous_commit', 'full_page_writes'].flatMap((setting) => [
  '-c',
  `${setting}=off`,
]);

export interface PostgresServer {
  /** `postgres://role@localhost/postgres?host=<folder of the socket>` */
  readonly url: string;
  /** Stops the server and removes its folder; so does the end of this process. */
  stop(): Promise<void>;
  /** kill -9 of all its processes; resolves when it has started anew on what was on its disk. */
  crash(): Promise<void>;
}

export interface PostgresOptions {
  /** With the durability that a server has by default. */
  readonly isDurable: boolean;
}

/** True when `startPostgres` will find the programs of a PostgreSQL server. */
export function hasPostgres(): boolean {
  return findPrograms() !== undefined;
}

/**
 * Starts a PostgreSQL server of its own in a temporary folder: about one second. It listens on a
 * Unix socket alone and forgets durability for speed, unless told otherwise. Throws with the way to
 * install it.
 */
export async function startPostgres(
  { isDurable }: PostgresOptions = { isDurable: false },
): Promise<PostgresServer> {
  const programs = findPrograms();
  if (!programs) throw new Error(INSTALL);
  const folder = mkdtempSync(join(tmpdir(), 'convergence-pg-'));
  const user = unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  initDatabase(programs, folder, user);
  const settings = isDurable ? [] : FORGETFUL;
  const supervisor = spawn('sh', ['-c', SUPERVISE, 'sh', programs, folder, ...settings], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await untilReady(supervisor);
  letProcessEnd(supervisor);
  await createRole(folder);
  return {
    url: urlOf(ROLE, folder),
    stop: () => stop(supervisor),
    crash: () => crash(supervisor, folder),
  };
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
  const complaint = await complaintOfStart(supervisor);
  if (complaint === null) return;
  supervisor.stdin?.end();
  throw new Error(`PostgreSQL did not start: ${complaint}`);
}

/** Null: it is ready. */
async function complaintOfStart({ stderr }: ChildProcess): Promise<string | null> {
  let said = '';
  stderr?.setEncoding('utf8');
  for await (const chunk of stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    if (said.includes('ready to accept connections')) return null;
    // To who connects during recovery it says: FATAL, the database system is starting up.
    if (/FATAL(?!: +the database system is)/.test(said)) break;
  }
  return said;
}

async function crash(supervisor: ChildProcess, folder: string): Promise<void> {
  const [main = ''] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
  const others = execFileSync('pgrep', ['-P', main], { encoding: 'utf8' }).trim().split('\n');
  for (const pid of [main, ...others]) killHard(Number(pid));
  // It refuses to start while one of the old processes is still dying.
  let complaint: string | null = '';
  for (let tries = 0; complaint !== null && tries < 100; tries++) {
    if (tries > 0) await wait(50);
    supervisor.stdin?.write('again\n');
    complaint = await complaintOfStart(supervisor);
  }
  supervisor.stderr?.resume();
  if (complaint !== null) throw new Error(`PostgreSQL did not come back: ${complaint}`);
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
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
