import { AppError } from 'base/error.ts';
import { applyEffect, resumeEffect } from '../../apply/apply-effect.ts';
import type { ApplyDeps } from '../../apply/apply-effect.ts';
import type { Action } from '../decide/action.ts';
import { observe } from './observe.ts';
import type { OpenRollout } from './open-rollout.ts';
import { runChecks } from './run-checks.ts';

/** A wait is cut into pieces of this, between which commands are read. */
const POLL_MS = 1000;
const BUSY_MS = { tests: 60 * 60_000, build: 60 * 60_000 } as const;

/** Does one thing and leaves what came of it in the journal. */
export async function performAction(
  action: Exclude<Action, { do: 'stop' }>,
  rollout: OpenRollout,
): Promise<void> {
  const { deps, signal } = rollout;
  switch (action.do) {
    case 'write':
      await rollout.write(action.entry);
      return;
    case 'apply': {
      const at = deps.clock.now().toISOString();
      rollout.forgetHave();
      return applyEffect({ kind: 'intent', at, ...action.intent }, applyDeps(rollout));
    }
    case 'resume':
      rollout.forgetHave();
      return resume(rollout);
    case 'test':
      return test(action.commandLine, rollout);
    case 'build':
      return build(rollout);
    case 'probe': {
      const checks = await runChecks(action.checks, deps.prober, signal);
      return rollout.record({ kind: 'probed', target: action.target, checks });
    }
    case 'observe':
      return observe(rollout);
    case 'wait': {
      const leftMs = action.untilMs - deps.clock.now().getTime();
      return deps.clock.sleep(Math.max(1, Math.min(POLL_MS, leftMs)), signal);
    }
  }
}

async function resume(rollout: OpenRollout): Promise<void> {
  const { pending } = rollout.facts;
  if (pending !== null) await resumeEffect(pending, applyDeps(rollout));
}

function applyDeps(rollout: OpenRollout): ApplyDeps {
  const { deps, ledger, signal } = rollout;
  const { platform, clock } = deps;
  const wasReturning = rollout.facts.returning !== null;
  return {
    ref: ledger.place.ref,
    platform,
    ledger,
    clock,
    signal,
    onWait: () => rollout.readOn(),
    isOld: (etag) => rollout.facts.oldEtags.includes(etag),
    // The way back does not wait for the way forward to end.
    isPressed: () => !wasReturning && rollout.facts.returning !== null,
  };
}

async function test(commandLine: string, rollout: OpenRollout): Promise<void> {
  const { deps, signal } = rollout;
  if (!(await beBusy('tests', rollout))) return;
  const onLine = deps.onLine ?? (() => undefined);
  const { exitCode } = await deps.tests.run(commandLine, deps.folder, { onLine, signal });
  if (exitCode === 0) {
    return rollout.record({ kind: 'opened', gate: 'tests', by: `\`${commandLine}\`` });
  }
  const why = `the tests failed: \`${commandLine}\` ended with ${exitCode}`;
  await rollout.record({ kind: 'ended', outcome: 'failed', why });
}

async function build(rollout: OpenRollout): Promise<void> {
  const { deps, signal, facts } = rollout;
  const request = facts.request.release?.build;
  if (!request || !(await beBusy('build', rollout))) return;
  const onLine = deps.onLine ?? (() => undefined);
  try {
    const image = await deps.builder.build({ ...request, folder: deps.folder }, onLine, signal);
    await rollout.record({ kind: 'built', image });
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'input') throw error;
    await rollout.record({ kind: 'ended', outcome: 'failed', why: error.message });
  }
}

function beBusy(what: 'tests' | 'build', rollout: OpenRollout): Promise<boolean> {
  const until = new Date(rollout.deps.clock.now().getTime() + BUSY_MS[what]).toISOString();
  return rollout.write({ kind: 'busy', with: what, until });
}
