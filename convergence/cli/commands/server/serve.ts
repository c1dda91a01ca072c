import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import type { Style } from 'base/terminal/style.ts';
import type { Out } from 'base/terminal/out.ts';
import { readWorkerFlags } from './worker-flags.ts';
import type { WorkerFlags } from './worker-flags.ts';
import { loadServer, readSettings } from '../../wire.ts';
import type { Platform, PlatformOptions } from '../../wire.ts';

/** Who sent SIGTERM sends SIGKILL after ten seconds. */
const STOP_WITHIN_MS = 9_500;

type Roles = PlatformOptions['roles'];

const AFTERWORD = `
Ctrl-C ends it well: runs that are not over are handed back and go on with the
next start. A second Ctrl-C ends it at once. Where it listens, and everything
else, are settings: API_HOST, API_PORT, DATA_DIR … (docs/reference/settings.md).`;

/** `dev`, `api` and `worker`: the same process in different roles. */
export function declareServers(parent: Command, cli: Cli): void {
  parent
    .command('dev')
    .summary('run everything in this process')
    .description('Runs API and worker in one process, with the database in the data folder.')
    .addHelpText('after', AFTERWORD)
    .action(action(cli, runDev));
  parent
    .command('api')
    .summary('run the API')
    .description('Runs the API; workers are other processes on the same DATABASE_URL.')
    .addHelpText('after', AFTERWORD)
    .action(
      action(cli, (invocation: Invocation) => serve(invocation, { api: true, worker: false })),
    );
  declareWorker(parent, cli);
}

function declareWorker(parent: Command, cli: Cli): void {
  parent
    .command('worker')
    .summary('execute runs')
    .description('Executes runs; the API is another process on the same DATABASE_URL.')
    .option('--queues <queues>', 'take runs of these only, as ingest,transform')
    .option('--concurrency <count>', 'runs at a time; default: WORKER_CONCURRENCY')
    .option('--min <count>', 'runs at a time at first, with --max')
    .option('--max <count>', 'runs at a time while more wait, with --min')
    .addHelpText('after', AFTERWORD)
    .action(
      action(cli, (invocation: Invocation, options: WorkerFlags) =>
        serve(
          invocation,
          { api: false, worker: true, scheduler: true },
          { worker: readWorkerFlags(options) },
        ),
      ),
    );
}

async function runDev(invocation: Invocation): Promise<void> {
  const { out, env } = invocation;
  // A person reads this terminal: only what needs a person is logged, unless asked for more.
  const level = env.LOG_LEVEL ?? 'warn';
  await serve(
    { ...invocation, env: { ...env, LOG_LEVEL: level } },
    { api: true, worker: true, scheduler: true },
    {
      welcome: (platform) => {
        for (const line of renderWelcome(platform, env, out.style)) out.line(line);
      },
    },
  );
}

async function serve(
  { out, env }: Invocation,
  roles: Roles,
  choice: { worker?: PlatformOptions['worker']; welcome?: (platform: Platform) => void } = {},
): Promise<void> {
  const interrupt = listenForInterrupt();
  const settings = await readSettings(env);
  if (!settings.DATABASE_URL && !(roles.api && roles.worker)) throw needsServer();
  const { startPlatform } = await loadServer();
  const listen = { host: settings.API_HOST, port: settings.PORT ?? settings.API_PORT };
  const { worker, welcome = (started) => tellReady(started, out) } = choice;
  const platform = await startPlatform({ settings, roles, listen, ...(worker && { worker }) });
  out.json({ url: platform.url, metrics_url: platform.metricsUrl, pid: process.pid });
  welcome(platform);
  await untilAborted(interrupt);
  out.note('stopping; Ctrl-C again ends it at once');
  endAnyway(out);
  await platform.close();
}

function tellReady({ url }: Platform, out: Out): void {
  out.note(`ready${url && ` at ${url}`}`);
}

/** Only where something still runs by then: its runs were handed back. */
function endAnyway(out: Out): void {
  const end = () => {
    out.note('something did not stop in time; its runs were handed back');
    process.exit(0);
  };
  setTimeout(end, STOP_WITHIN_MS).unref();
}

function needsServer(): Error {
  return fail('settings_invalid', 'the API and workers apart need a database that both reach', {
    hint: 'Set DATABASE_URL to a PostgreSQL server, or run `convergence dev` for both in one.',
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function renderWelcome(
  { url, adminKeyFile }: Platform,
  env: Invocation['env'],
  style: Style,
): string[] {
  const key = env.ADMIN_API_KEY || adminKeyFile === null ? 'ADMIN_API_KEY' : adminKeyFile;
  return [
    `${style.good('✔')} Convergence is at ${style.strong(url)}`,
    `  documentation  ${url}/docs`,
    `  admin key      in ${key}`,
    '',
    'In another terminal:',
    '  convergence tenant list',
    '  convergence run PIPELINE --tenant TENANT --watch',
    '',
    style.faint('Ctrl-C stops it.'),
  ];
}
