import { existsSync } from 'node:fs';
import { openOut } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { runCli } from './run-cli.ts';

// Whoever reads us has read enough, as `| head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

if (process.env.ENVIRONMENT !== 'production' && existsSync('.env')) process.loadEnvFile('.env');
const { env } = process;

const exitCode = await runCli(process.argv.slice(2), {
  env,
  openOut: (isJson) => openOut(isJson, env),
  errorStyle: createStyle(process.stderr.isTTY && !env.NO_COLOR),
});
// The embedded database sets an exit code of its own when it closes; ours is the last word.
process.on('exit', () => (process.exitCode = exitCode));
process.exitCode = exitCode;
