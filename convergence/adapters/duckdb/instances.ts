import { rmSync } from 'node:fs';
import { link, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import { literal } from './run-sql.ts';
import { translateError } from './translate-error.ts';

export interface InstanceOptions {
  readonly clock: Clock;
  readonly memoryLimitBytes: number;
  /** Of files for what does not fit into memory; absent: what the disk has. */
  readonly maxTempBytes?: number | undefined;
  readonly threads: number;
  /** An instance that nobody uses is closed after this, so that other processes get the file. */
  readonly closeIdleMs: number;
  /** How long to wait for another process to let go of a file. */
  readonly lockWaitMs: number;
  /** Runs once on each file that is opened. */
  readonly prepare: (connection: DuckDBConnection) => Promise<void>;
}

/** Where one database lies, and the only folders that its SQL can read. */
export interface InstancePlace {
  readonly file: string;
  readonly temporary: string;
  readonly readable: readonly string[];
}

interface OpenInstance {
  readonly instance: Promise<DuckDBInstance>;
  users: number;
  closing: NodeJS.Timeout | null;
}

/**
 * Files that this process has open. It is one for all: DuckDB opens a file a second time without a
 * word, and the commits of one of the two are lost.
 */
const openInstances = new Map<string, OpenInstance>();
/** 500 instances cost 500 threads and 1.5 GB. */
const MAX_IDLE = 8;
const LOCK_POLL_MS = 50;

/**
 * Runs `work` on a connection of its own to the database at `place`, made when absent.
 * @throws warehouse_busy
 */
export async function withInstance<T>(
  place: InstancePlace,
  options: InstanceOptions,
  work: (connect: () => Promise<DuckDBConnection>) => Promise<T>,
): Promise<T> {
  const open = take(place, options);
  try {
    const instance = await open.instance;
    return await work(() => instance.connect());
  } finally {
    give(place.file, open, options.closeIdleMs);
  }
}

/** Closes what nobody uses among `files`; what is in use closes when its user is done. */
export async function closeInstances(files: Iterable<string>): Promise<void> {
  for (const file of files) {
    const open = openInstances.get(file);
    if (open?.users === 0) await close(file, open);
  }
}

/**
 * Removes a database and its temporary files; repeating it removes nothing more. Opens it first:
 * under the lock that this takes nobody else is in it.
 * @throws warehouse_busy
 */
export async function removeInstance(
  place: InstancePlace,
  options: InstanceOptions,
): Promise<void> {
  const giveUpAtMs = options.clock.now().getTime() + options.lockWaitMs;
  while (await isThere(place.file)) {
    const open = take(place, options);
    const instance = await openedOrDamaged(open);
    open.users--;
    if (open.users === 0) {
      // Synchronous, so that nobody opens the file in between.
      openInstances.delete(place.file);
      instance?.closeSync();
      // The file last: whoever repeats this after a crash sees by it that something is left.
      for (const file of [`${place.file}.wal`, place.file]) rmSync(file, { force: true });
    } else if (options.clock.now().getTime() >= giveUpAtMs) {
      throw fail('warehouse_busy', 'the tables of the tenant are in use', {
        hint: 'Repeat it when its queries have ended.',
      });
    } else {
      await options.clock.sleep(LOCK_POLL_MS);
    }
  }
  await rm(place.temporary, { recursive: true, force: true });
}

async function openedOrDamaged(open: OpenInstance): Promise<DuckDBInstance | null> {
  try {
    return await open.instance;
  } catch (error) {
    if (error instanceof AppError && error.code === 'warehouse_damaged') return null;
    open.users--;
    throw error;
  }
}

function take(place: InstancePlace, options: InstanceOptions): OpenInstance {
  let open = openInstances.get(place.file);
  if (!open) {
    open = { instance: openInstance(place, options), users: 0, closing: null };
    openInstances.set(place.file, open);
    forgetFailed(place.file, open);
  }
  if (open.closing) clearTimeout(open.closing);
  open.closing = null;
  open.users++;
  return open;
}

/** Whoever comes next tries again. */
function forgetFailed(file: string, open: OpenInstance): void {
  open.instance.catch(() => {
    if (openInstances.get(file) === open) openInstances.delete(file);
  });
}

function give(file: string, open: OpenInstance, closeIdleMs: number): void {
  open.users--;
  if (open.users > 0 || openInstances.get(file) !== open) return;
  // The most recently used are last in the map.
  openInstances.delete(file);
  openInstances.set(file, open);
  open.closing = setTimeout(() => void close(file, open), closeIdleMs);
  open.closing.unref();
  const idle = [...openInstances].filter(([, { users }]) => users === 0);
  for (const [file, open] of idle.slice(0, -MAX_IDLE)) void close(file, open);
}

async function close(file: string, open: OpenInstance): Promise<void> {
  if (open.closing) clearTimeout(open.closing);
  const instance = await open.instance.catch(() => null);
  if (open.users > 0 || openInstances.get(file) !== open) return;
  openInstances.delete(file);
  // Synchronous, so that nobody opens the file while it is being closed.
  instance?.closeSync();
}

async function openInstance(
  place: InstancePlace,
  options: InstanceOptions,
): Promise<DuckDBInstance> {
  for (const folder of [dirname(place.file), place.temporary]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const giveUpAtMs = options.clock.now().getTime() + options.lockWaitMs;
  for (;;) {
    try {
      await createWhole(place);
      const instance = await DuckDBInstance.create(place.file, {
        memory_limit: kib(options.memoryLimitBytes),
        threads: String(options.threads),
        temp_directory: place.temporary,
        ...(options.maxTempBytes !== undefined && {
          max_temp_directory_size: kib(options.maxTempBytes),
        }),
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      await setUp(instance, place, options);
      return instance;
    } catch (error) {
      const translated = translateError(error);
      const busy = translated instanceof AppError && translated.code === 'warehouse_busy';
      if (!busy || options.clock.now().getTime() >= giveUpAtMs) throw translated;
      await options.clock.sleep(LOCK_POLL_MS);
    }
  }
}

function kib(sizeBytes: number): string {
  return `${Math.floor(sizeBytes / 1024)}KiB`;
}

/**
 * A file appears at its place with its headers in it. DuckDB makes a file and locks it a moment
 * later: whoever opens it in between finds an empty one and takes it for damaged (measured: 1 in
 * 400 with three processes).
 */
async function createWhole({ file, temporary }: InstancePlace): Promise<void> {
  if (await isThere(file)) return;
  const folder = await mkdtemp(join(temporary, 'new-'));
  try {
    const made = join(folder, 'new.duckdb');
    (await DuckDBInstance.create(made)).closeSync();
    await link(made, file);
  } catch (error) {
    // Another process was faster.
    if (!(await isThere(file))) throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

/**
 * The second wall around SQL of tenants, behind the gate that reads it first. The folder for
 * temporary files stays readable: DuckDB allows it by itself.
 */
async function setUp(
  instance: DuckDBInstance,
  place: InstancePlace,
  options: InstanceOptions,
): Promise<void> {
  const connection = await instance.connect();
  const folders = place.readable.map((folder) => literal(`${folder}/`)).join(', ');
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  await connection.run(`SET GLOBAL allowed_directories = [${folders}]`);
  await connection.run('SET GLOBAL enable_external_access = false');
  await connection.run('SET GLOBAL lock_configuration = true');
  await options.prepare(connection);
  connection.disconnectSync();
}
