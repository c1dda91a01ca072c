import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Env } from '../invocation.ts';

const run = promisify(execFile);

/** What is being shipped, as far as the folder knows; all null outside a git checkout. */
export interface Checkout {
  /** Null also when files differ from it: what is shipped then is no commit. */
  readonly commit: string | null;
  /** Null also when a commit is checked out instead of a branch. */
  readonly branch: string | null;
}

/** CI systems check out a commit, not a branch, and say the branch in a variable. */
const BRANCH_VARIABLES = ['ROLLOUT_BRANCH', 'GITHUB_HEAD_REF', 'GITHUB_REF_NAME', 'BRANCH_NAME'];

export async function readCheckout(folder: string, env: Env): Promise<Checkout> {
  const said = BRANCH_VARIABLES.map((name) => env[name]).find((value) => value);
  const head = await git(folder, ['rev-parse', '--short=12', 'HEAD']);
  const isClean = (await git(folder, ['diff', '--name-only', 'HEAD'])) === '';
  const branch = said ?? (await git(folder, ['symbolic-ref', '--short', '--quiet', 'HEAD']));
  return { commit: isClean ? head : null, branch };
}

/** Paths changed between a commit and now, also what is not committed; null: unknown commit. */
export async function readChanges(folder: string, since: string): Promise<string[] | null> {
  const changed = await git(folder, ['diff', '--name-only', '--relative', since]);
  const untracked = await git(folder, ['ls-files', '--others', '--exclude-standard']);
  if (changed === null || untracked === null) return null;
  return `${changed}\n${untracked}`.split('\n').filter((path) => path !== '');
}

async function git(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['-C', folder, ...args], { encoding: 'utf8' });
    return stdout.trim();
  } catch {
    return null;
  }
}
