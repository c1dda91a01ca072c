import type { Command } from 'commander';
import { AppError } from 'base/error.ts';
import { answer } from 'base/terminal/out.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { Effect } from '../../../engine/plan/effect.ts';
import type { Have, ServiceRef } from '../../../engine/plan/have.ts';
import { lockOf } from '../../../engine/plan/marks.ts';
import { chooseCleanup } from '../../../engine/plan/revision/choose-cleanup.ts';
import type { Cleanup } from '../../../engine/plan/revision/choose-cleanup.ts';
import { planRollBack } from '../../../engine/rollout/by-hand/roll-back.ts';
import type { RolloutDeps } from '../../../engine/rollout/rollout-deps.ts';
import { confirm } from '../../input/confirm.ts';
import { action } from '../../invocation.ts';
import type { Cli, Invocation } from '../../invocation.ts';
import { readNumber } from '../../input/read-number.ts';
import { formatRef } from '../../render/traffic-text.ts';
import { addTargetOptions, isProduction, resolveTarget } from '../../input/target.ts';
import type { Target, TargetOptions } from '../../input/target.ts';
import { withRollout } from '../../wire.ts';
import { serviceAbsent } from '../look/revisions.ts';

const EFFECT_DEADLINE_MS = 120_000;

interface CleanupOptions extends TargetOptions {
  readonly keep?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function declareCleanup(parent: Command, cli: Cli): void {
  addTargetOptions(parent.command('cleanup'))
    .summary('delete old revisions')
    .description(
      'Deletes old revisions. What serves, what others have tagged, and what traffic can return to\n' +
        'stays. A rollout does the same at its end.',
    )
    .option('--keep <count>', 'so many of the newest; keepRevisions of rollout.yaml by default')
    .option('--dry-run', 'only say which')
    .option('--yes', 'do not ask before production')
    .action(action(cli, cleanUp));
}

async function cleanUp(
  invocation: Invocation,
  environment: string | undefined,
  options: CleanupOptions,
): Promise<void> {
  const { out } = invocation;
  const target = await resolveTarget(invocation, environment, options);
  await withRollout(invocation, target, async (deps) => {
    const { ref } = target;
    const have = await readUnlocked(ref, deps);
    const cleanup = await choose(have, keepOf(target, options), deps);
    if (!options.dryRun && cleanup.revisions.length > 0) {
      const isAsked = target.declared === null || isProduction(target.declared);
      await confirm(`Delete ${cleanup.revisions.join(', ')}?`, options.yes || !isAsked, out);
      await perform(ref, cleanup, deps);
    }
    const done = { deleted: cleanup.revisions, dryRun: options.dryRun ?? false };
    answer(out, done, ({ deleted, dryRun }) =>
      deleted.length === 0
        ? ['nothing to delete']
        : deleted.map((name) => `${dryRun ? 'would delete' : 'deleted'} ${name}`),
    );
  });
}

function keepOf({ declared }: Target, { keep }: CleanupOptions): number {
  if (keep !== undefined) return readNumber('--keep', keep, { least: 1, most: 1000 });
  return declared?.environment.strategy.keepRevisions ?? 5;
}

/** During a rollout old revisions may be wanted again. */
async function readUnlocked(ref: ServiceRef, { platform }: RolloutDeps): Promise<Have> {
  const have = await platform.readService(ref);
  if (!have) throw serviceAbsent(formatRef(ref));
  const lock = lockOf(have);
  if (lock === null) return have;
  throw fail('rollout_refused', `${lock.by} has been shipping ${ref.service} since ${lock.since}`, {
    hint: 'Wait until that is over: `rollout watch` shows it.',
  });
}

async function choose(have: Have, keep: number, deps: RolloutDeps): Promise<Cleanup> {
  const { ref, revisions, traffic } = have;
  const target = await returnTarget(ref, deps);
  const targets = target === null ? [] : [target];
  return chooseCleanup({ service: ref.service, revisions, traffic, keep, targets });
}

async function returnTarget(ref: ServiceRef, deps: RolloutDeps): Promise<string | null> {
  try {
    const request = { ref, revision: null, reason: '', health: null };
    return (await planRollBack(request, deps)).to;
  } catch (error) {
    if (error instanceof AppError && error.code === 'nothing_to_return_to') return null;
    throw error;
  }
}

/** Whatever was done when it breaks off need not be done again. */
async function perform(ref: ServiceRef, cleanup: Cleanup, deps: RolloutDeps): Promise<void> {
  await write(ref, { kind: 'moveTraffic', traffic: cleanup.traffic }, deps);
  for (const revision of cleanup.revisions) {
    await write(ref, { kind: 'deleteRevision', revision }, deps);
  }
}

async function write(ref: ServiceRef, effect: Effect, { platform, clock }: RolloutDeps) {
  const have = await platform.readService(ref);
  const operation = await platform.begin(ref, effect, have?.etag ?? null);
  await platform.finish(operation, new Date(clock.now().getTime() + EFFECT_DEADLINE_MS));
}
