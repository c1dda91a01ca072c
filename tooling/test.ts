import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hasPostgres, startPostgres } from '../convergence/testing/postgres-server.ts';

const root = join(import.meta.dirname, '..');
const ROOMS = ['base', 'googlesql', 'convergence', 'rollout', 'local-cloud', 'tooling', 'journeys'];
const FLAGS = ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=120000'];

/**
 * `npm test [pattern or flag ...]`: all tests, on one PostgreSQL server that lives as long as this
 * process. Without PostgreSQL the tests that need it fail and say how to get it; in CI nothing runs.
 */
async function runTests(args: readonly string[]): Promise<number> {
  const given = process.env.TEST_POSTGRES_URL !== undefined;
  const needsServer = !given && (hasPostgres() || process.env.CI === 'true');
  const server = needsServer ? await startPostgres() : undefined;
  const patterns = args.some((arg) => !arg.startsWith('-'))
    ? []
    : ROOMS.map((r) => `${r}/**/*.test.ts`);
  const tests = spawn(process.execPath, [...FLAGS, ...args, ...patterns], {
    cwd: root,
    stdio: 'inherit',
    env: server ? { ...process.env, TEST_POSTGRES_URL: server.url } : process.env,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
  const [code] = (await once(tests, 'exit')) as [number | null];
  await server?.stop();
  return code ?? 1;
}

process.exitCode = await runTests(process.argv.slice(2));
