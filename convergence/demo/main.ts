import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, exitCodeOf } from 'base/error.ts';
import { createApiClient } from '../cli/client/api-client.ts';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { openOut } from 'base/terminal/out.ts';
import { readSettings } from '../server/settings/settings.ts';
import { startPlatform } from '../server/start-platform.ts';
import type { Platform } from '../server/start-platform.ts';
import { openShow } from './show.ts';
import { startReplayServer } from './replay-server.ts';
import { vegaDataset } from './vega-dataset.ts';

const TENANT = 'acme_corp';
const DATA_DIR = join('.convergence', 'demo');
const FILES = ['flights-3m.parquet', 'airports.csv', 'weather.csv'];

/** Real data of a tenant, twice through the whole platform: `npm run demo`. */
async function main(): Promise<void> {
  const interrupt = listenForInterrupt();
  const out = openOut(false, process.env);
  await layOutFiles();
  const feeds = await startReplayServer();
  const platform = await startDemoPlatform();
  try {
    const { url, adminKey } = platform;
    const client = createApiClient({ url, adminKey, tenantId: TENANT });
    await client.onboardTenant({ tenant_id: TENANT, display_name: 'Acme Corp', plan: 'scale' });
    const show = openShow({ client, out, feedsUrl: feeds.url, signal: interrupt });
    out.line(`Convergence is at ${url}. It runs the pipeline flight_delays of ${TENANT}.`);
    await show.run('First run: everything is new.');
    await show.worstAirports();
    await show.quarantine();
    feeds.releaseNewRecords();
    await show.run('Second run: the feeds have 40 new movies and 40 new earthquakes.');
    await goOn(platform, out, interrupt);
  } finally {
    await Promise.all([platform.close(), feeds.close()]);
  }
}

async function layOutFiles(): Promise<void> {
  const folder = join('configs', TENANT, 'data');
  await mkdir(folder, { recursive: true });
  for (const file of FILES) await copyFile(vegaDataset(file), join(folder, file));
}

/** Always from nothing, so that everybody sees the same. */
async function startDemoPlatform(): Promise<Platform> {
  await rm(DATA_DIR, { recursive: true, force: true });
  const settings = readSettings({
    ...process.env,
    DATA_DIR,
    CONFIG_DIR: 'configs',
    LOG_LEVEL: 'error',
  });
  const start = (port: number) =>
    startPlatform({
      settings,
      roles: { api: true, worker: true },
      listen: { host: '127.0.0.1', port },
    });
  return start(settings.API_PORT).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'port_taken') return start(0);
    throw error;
  });
}

/** A person at a terminal can look around; anything else gets its prompt back. */
async function goOn(platform: Platform, out: ReturnType<typeof openOut>, interrupt: AbortSignal) {
  out.line();
  if (!out.isLive) {
    out.line(`To go on from here: DATA_DIR=${DATA_DIR} npm run dev`);
    return;
  }
  out.line(`The API answers at ${platform.url}, its documentation at ${platform.url}/docs.`);
  out.line(`The admin key is in ${platform.adminKeyFile ?? 'ADMIN_API_KEY'}. In another terminal:`);
  out.line();
  out.line(`  export DATA_DIR=${DATA_DIR}`);
  out.line(`  npx convergence tables --tenant ${TENANT}`);
  out.line(`  npx convergence query "FROM worst_airports LIMIT 3" --tenant ${TENANT}`);
  out.line();
  out.line('Ctrl-C ends it.');
  await new Promise((resolve) => interrupt.addEventListener('abort', resolve, { once: true }));
}

try {
  await main();
} catch (error) {
  const known = error instanceof AppError;
  process.stderr.write(`error: ${known ? error.message : String(error)}\n`);
  if (known && error.hint) process.stderr.write(`hint: ${error.hint}\n`);
  process.exitCode = known ? exitCodeOf(error.kind) : 70;
}
