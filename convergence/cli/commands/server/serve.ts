import type { Command } from 'commander';
import { fail } from '../../../engine/error-codes.ts';
import { listenForInterrupt } from 'base/terminal/interrupt.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import type { Style } from 'base/terminal/style.ts';
import { loadServer, readSettings } from '../../wire.ts';
import type { Platform, PlatformOptions } from '../../wire.ts';

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
  parent
    .command('worker')
    .summary('execute runs')
    .description('Executes runs; the API is another process on the same DATABASE_URL.')
    .addHelpText('after', AFTERWORD)
    .action(
      action(cli, (invocation: Invocation) =>
        serve(invocation, { api: false, worker: true, scheduler: true }),
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
    (platform) => {
      for (const line of renderWelcome(platform, env, out.style)) out.line(line);
    },
  );
}

async function serve(
  { out, env }: Invocation,
  roles: Roles,
  welcome = (platform: Platform) => out.note(`ready${platform.url && ` at ${platform.url}`}`),
): Promise<void> {
  const interrupt = listenForInterrupt();
  const settings = await readSettings(env);
  if (!settings.DATABASE_URL && !(roles.api && roles.worker)) throw needsServer();
  const { startPlatform } = await loadServer();
  const listen = { host: settings.API_HOST, port: settings.PORT ?? settings.API_PORT };
  const platform = await startPlatform({ settings, roles, listen });
  out.json({ url: platform.url, metrics_url: platform.metricsUrl, pid: process.pid });
  welcome(platform);
  await untilAborted(interrupt);
  out.note('stopping; Ctrl-C again ends it at once');
  await platform.close();
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
