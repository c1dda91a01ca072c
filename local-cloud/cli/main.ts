import { openOut } from 'base/terminal/out.ts';
import { createStyle } from 'base/terminal/style.ts';
import { runCli } from './run-cli.ts';

// Whoever reads us has read enough, as `| head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { env } = process;

process.exitCode = await runCli(process.argv.slice(2), {
  env,
  folder: process.cwd(),
  openOut: (isJson) => openOut(isJson, env),
  errorStyle: createStyle(process.stderr.isTTY && !env.NO_COLOR),
});
