import { constants, existsSync } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AppError } from 'base/error.ts';
import { makeFolder } from 'base/make-folder.ts';
import { formatBytes } from 'base/terminal/amount.ts';
import { listTenantFolders } from '../tenant-folders.ts';
import {
  openGoogleKey,
  openKeyFile,
  readDataFolderHolder,
  readFeatures,
  withControlDatabase,
} from '../../wire.ts';
import type { Settings } from '../../wire.ts';

export type FindingState = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly state: FindingState;
  readonly message: string;
  /** The command, or the change, that mends it. */
  readonly mend?: string;
}

type MachineCheck = (settings: Settings) => Promise<Finding>;

const LOW_DISK_BYTES = 5e9;
const NO_DISK_BYTES = 5e8;
/** Bits of a mode that let others than the owner read. */
const OTHERS_READ = 0o044;

/** What the platform needs on its machine, by name. None throws. */
export const machineChecks: Readonly<Record<string, MachineCheck>> = {
  node: checkNode,
  'data folder': checkDataFolder,
  disk: checkDisk,
  'config folder': checkConfigFolder,
  secrets: checkSecrets,
  'master keys': checkMasterKeys,
  database: checkDatabase,
  port: checkPort,
  features: listFeatures,
};

async function checkNode(): Promise<Finding> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24) return { state: 'ok', message: process.version };
  return { state: 'fail', message: `${process.version}, expected 24 or newer`, mend: 'npm ci' };
}

async function checkDataFolder({ DATA_DIR }: Settings): Promise<Finding> {
  try {
    makeFolder(DATA_DIR);
    await access(DATA_DIR, constants.W_OK);
  } catch (error) {
    const message = `${DATA_DIR} cannot be written (${codeOf(error)})`;
    return { state: 'fail', message, mend: 'set DATA_DIR to a folder of your own' };
  }
  const holder = await readDataFolderHolder(DATA_DIR);
  const use = holder
    ? `in use by process ${holder.pid}${holder.url ? ` at ${holder.url}` : ''}`
    : 'free';
  return { state: 'ok', message: `${DATA_DIR} can be written, and is ${use}` };
}

async function checkDisk({ DATA_DIR }: Settings): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(DATA_DIR);
    const freeBytes = bavail * bsize;
    const message = `${formatBytes(freeBytes)} free in ${DATA_DIR}`;
    if (freeBytes >= LOW_DISK_BYTES) return { state: 'ok', message };
    const mend = 'free space, or set DATA_DIR to another disk';
    return { state: freeBytes < NO_DISK_BYTES ? 'fail' : 'warn', message, mend };
  } catch (error) {
    return { state: 'warn', message: `cannot be measured (${codeOf(error)})` };
  }
}

async function checkConfigFolder({ CONFIG_DIR }: Settings): Promise<Finding> {
  try {
    const tenants = await listTenantFolders(CONFIG_DIR);
    const message = `${CONFIG_DIR} holds ${tenants.length} tenants`;
    if (tenants.length > 0) return { state: 'ok', message };
    return { state: 'warn', message, mend: 'convergence tenant onboard NAME' };
  } catch (error) {
    const message = `${CONFIG_DIR} cannot be read (${codeOf(error)})`;
    return { state: 'fail', message, mend: `mkdir -p ${CONFIG_DIR}` };
  }
}

/** The platform refuses secrets that others can read; here are all of them at once. */
async function checkSecrets({ CONFIG_DIR }: Settings): Promise<Finding> {
  const open: string[] = [];
  let count = 0;
  for (const tenant of await listTenantFolders(CONFIG_DIR).catch(() => [])) {
    const folder = join(CONFIG_DIR, tenant, 'secrets');
    for (const name of await readdir(folder).catch(() => [])) {
      count++;
      const { mode } = await stat(join(folder, name)).catch(() => ({ mode: 0 }));
      if ((mode & OTHERS_READ) !== 0) open.push(join(folder, name));
    }
  }
  if (open.length === 0) return { state: 'ok', message: `${count} files, closed to others` };
  const message = `${open.length} of ${count} files can be read by others: ${open.join(', ')}`;
  return { state: 'fail', message, mend: `chmod 600 ${open.join(' ')}` };
}

async function checkMasterKeys(settings: Settings): Promise<Finding> {
  const { GCP_KMS_KEY_NAME: key } = settings;
  if (key !== undefined) return await checkGoogleKey(key, settings);
  const { path, readKeyFile } = await openKeyFile(settings);
  if (path === undefined) {
    const mend = 'set GCP_KMS_KEY_NAME or KMS_KEY_FILE, then convergence setup-kms';
    return { state: 'warn', message: 'none, so that no credential can be stored', mend };
  }
  if (settings.KMS_KEY_FILE === undefined && !existsSync(path)) {
    return { state: 'ok', message: `${path}, made with the first start` };
  }
  try {
    const keys = await readKeyFile(path);
    return {
      state: 'ok',
      message: `${path}, closed to others, the newest is ${keys.at(-1)?.version}`,
    };
  } catch (error) {
    const { message, hint } = error as AppError;
    return { state: 'fail', message, ...(hint !== undefined && { mend: hint }) };
  }
}

async function checkGoogleKey(key: string, settings: Settings): Promise<Finding> {
  try {
    const google = await openGoogleKey(key, settings);
    try {
      const versions = await google.listVersions();
      return { state: 'ok', message: `at Google, the newest is ${versions.at(-1)?.version}` };
    } finally {
      await google.close();
    }
  } catch (error) {
    const { message, hint } = error as AppError;
    return { state: 'fail', message, ...(hint !== undefined && { mend: hint }) };
  }
}

async function checkDatabase(settings: Settings): Promise<Finding> {
  const { DATABASE_URL, DATA_DIR } = settings;
  const kind = DATABASE_URL ? 'served' : `embedded in ${DATA_DIR}`;
  if (!DATABASE_URL && (await readDataFolderHolder(DATA_DIR))) {
    return { state: 'ok', message: `${kind}, open in the process that runs` };
  }
  if (!DATABASE_URL && !existsSync(join(DATA_DIR, 'control'))) {
    return { state: 'ok', message: `${kind}, made with the first start` };
  }
  try {
    const missing = await withControlDatabase(settings, async ({ database, migrations }) => {
      const status = await migrations.readMigrationStatus(database);
      return status.filter(({ appliedAt }) => appliedAt === null).length;
    });
    const message = `${kind}, ${missing === 0 ? 'up to date' : `${missing} migrations are missing`}`;
    if (missing === 0) return { state: 'ok', message };
    return { state: 'warn', message, mend: 'convergence migrate upgrade' };
  } catch (error) {
    const message = `${kind}: ${error instanceof Error ? error.message : String(error)}`;
    const mend = DATABASE_URL ? 'start the server that DATABASE_URL names' : 'free the data folder';
    return { state: 'fail', message, mend };
  }
}

async function checkPort({ API_HOST, API_PORT, PORT, DATA_DIR }: Settings): Promise<Finding> {
  const port = PORT ?? API_PORT;
  const place = `${API_HOST}:${port}`;
  const taken = await tryListen(API_HOST, port);
  if (taken === null) return { state: 'ok', message: `${place} is free` };
  const holder = await readDataFolderHolder(DATA_DIR);
  if (holder?.url && new URL(holder.url).port === String(port)) {
    return { state: 'ok', message: `${place} is that of the platform that runs` };
  }
  return {
    state: 'warn',
    message: `${place} is not free (${taken})`,
    mend: 'set API_PORT to 0 or another port',
  };
}

async function listFeatures(settings: Settings): Promise<Finding> {
  const features = Object.entries(await readFeatures(settings));
  const shown = features.map(([name, on]) => `${name} ${on ? 'on' : 'off'}`);
  return { state: 'ok', message: shown.join(', ') };
}

/** Null when it can be listened there, else why not. */
function tryListen(host: string, port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
