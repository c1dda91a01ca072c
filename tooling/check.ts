import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkDependencyList } from './check-dependency-list.ts';
import { checkDirection } from './direction/check-direction.ts';
import { checkNames } from './check-names.ts';
import { checkSize } from './check-size.ts';
import { sizeExceptions } from './size-exceptions.ts';
import { formatViolation } from './violation.ts';
import type { Violation } from './violation.ts';

const root = join(import.meta.dirname, '..');

/** `npm run check`: runs every check, also after one failed, and exits with 1 if any did. */
const checks: Record<string, () => boolean> = {
  'format (cure: npm run format)': () => succeeds('oxfmt', '--check'),
  types: () => succeeds('tsc', '-p', '.'),
  lint: () => succeeds('oxlint'),
  direction: () => isClean(checkDirection(root)),
  size: () => isClean(checkSize(root, sizeExceptions)),
  names: () => isClean(checkNames(root)),
  'dependencies listed': () => isClean(checkDependencyList(root)),
  'unused code': () => succeeds('knip'),
};

function succeeds(command: string, ...flags: string[]): boolean {
  const program = join(root, 'node_modules', '.bin', command);
  const { status, stdout, stderr, error } = spawnSync(program, flags, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
  if (error) throw error;
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd());
  return status === 0;
}

function isClean(violations: readonly Violation[]): boolean {
  for (const violation of violations) console.log(formatViolation(violation));
  return violations.every(({ warning }) => warning);
}

const failed = Object.entries(checks).filter(([name, check]) => {
  const startedAt = performance.now();
  const passed = check();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name}  ${seconds} s`);
  return !passed;
});
process.exitCode = failed.length === 0 ? 0 : 1;
