import type { Clock } from 'base/clock.ts';
import { AppError } from 'base/error.ts';
import type { Have, ServiceRef } from '../plan/have.ts';
import { isDone, stateOf } from './effect-done.ts';
import type { Dropped, Intent, PendingEffect } from './effect-entry.ts';
import type { Ledger } from './ledger.ts';
import type { Platform } from './platform.ts';
import { readPatiently } from './read-patiently.ts';

export interface ApplyDeps {
  readonly ref: ServiceRef;
  readonly platform: Platform;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called every few seconds of waiting: shows that we live, and reads what others ask for. */
  readonly onWait: () => Promise<void>;
  /** Whether an etag is of a state that our own writes have replaced. */
  readonly isOld: (etag: string | null) => boolean;
  /** True when something more urgent than this effect is to be done. */
  readonly isPressed: () => boolean;
}

/** How long one look at an operation lasts, between which other entries are read. */
const LOOK_MS = 5000;
const POLL_MS = 200;
const BACKOFF_MS = 1000;

/** Refused because of what is there; that says what to do next. */
const COMPARE_CODES = new Set(['etag_stale', 'service_exists', 'revision_exists']);

/**
 * Announces one write, does it, reads it back and confirms it; or says why it was given up, and
 * then what there is stays as somebody else made it. Each part is in the journal before the next
 * begins, so that `resumeEffect` can go on after a crash anywhere in here.
 * @throws what the platform says of credentials and reachability, with the effect still pending
 */
export async function applyEffect(intent: Intent, deps: ApplyDeps): Promise<void> {
  if (!(await deps.ledger.decide(intent))) return;
  await carryOut({ intent, operation: null }, { isFresh: true }, deps);
}

/** Goes on with an effect whose end is not known: waits, confirms, repeats, or gives it up. */
export async function resumeEffect(pending: PendingEffect, deps: ApplyDeps): Promise<void> {
  await carryOut(pending, { isFresh: false }, deps);
}

type Trouble = Pick<Dropped, 'cause' | 'why'>;

async function carryOut(
  pending: PendingEffect,
  { isFresh }: { isFresh: boolean },
  deps: ApplyDeps,
): Promise<void> {
  const begun = pending.operation ?? (await begin(pending.intent, isFresh, deps));
  const trouble = typeof begun === 'string' ? await waitFor(begun, pending.intent, deps) : begun;
  const { have, isInForce } = await readSettled(pending.intent, trouble, deps);
  const at = deps.clock.now().toISOString();
  if (isInForce) {
    const { traffic = [], etag = null } = have ?? {};
    return deps.ledger.record({ kind: 'confirmed', at, traffic, etag });
  }
  const dropped = { ...(trouble ?? whatHappened(pending.intent, have)) };
  const changedBy = dropped.cause === 'overtaken' ? (have?.changedBy ?? null) : null;
  await deps.ledger.record({ kind: 'dropped', at, ...dropped, changedBy });
}

/** The operation; null when there is only to be compared; or why it cannot be begun. */
async function begin(
  intent: Intent,
  isFresh: boolean,
  deps: ApplyDeps,
): Promise<string | Trouble | null> {
  for (let mayRepeat = isFresh; ; mayRepeat = false) {
    if (!mayRepeat && !(await isUntouched(intent, deps))) return null;
    try {
      const operation = await deps.platform.begin(deps.ref, intent.effect, intent.etag);
      await deps.ledger.record({ kind: 'started', at: deps.clock.now().toISOString(), operation });
      return operation;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (COMPARE_CODES.has(error.code)) return null;
      if (error.code === 'effect_refused') return { cause: 'refused', why: error.message };
      // The answer may be what was lost: compare before the next try.
      if (error.code !== 'platform_unreachable') throw error;
      if (isOver(intent, deps)) return overdue(intent);
      await deps.clock.sleep(BACKOFF_MS, deps.signal);
    }
  }
}

/** Whether nobody, we included, wrote since the effect was decided on. */
async function isUntouched(intent: Intent, deps: ApplyDeps): Promise<boolean> {
  for (;;) {
    const have = await readPatiently(deps.ref, deps);
    const etag = have?.etag ?? null;
    if (!deps.isOld(etag) || isOver(intent, deps)) return etag === intent.etag;
    await deps.clock.sleep(POLL_MS, deps.signal);
  }
}

async function waitFor(
  operation: string,
  intent: Intent,
  deps: ApplyDeps,
): Promise<Trouble | null> {
  const endMs = Date.parse(intent.deadlineAt);
  for (;;) {
    const lookMs = Math.min(deps.clock.now().getTime() + LOOK_MS, endMs);
    try {
      await deps.platform.finish(operation, new Date(lookMs), deps.signal);
      return null;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'operation_failed') return { cause: 'failed', why: error.message };
      if (error.code === 'operation_unknown') return null;
      if (error.kind !== 'transient') throw error;
      if (error.code === 'platform_unreachable') await deps.clock.sleep(BACKOFF_MS, deps.signal);
    }
    if (isOver(intent, deps)) return overdue(intent);
    await deps.onWait();
    if (deps.isPressed()) return { cause: 'pressing', why: 'something urgent came between' };
  }
}

/**
 * What there is once it no longer moves, or at the deadline. A write that changed something gives
 * another etag: a read with the one before is stale, or what is wanted was so already; a read with
 * an older one proves nothing.
 */
async function readSettled(
  intent: Intent,
  trouble: Trouble | null,
  deps: ApplyDeps,
): Promise<{ readonly have: Have | null; readonly isInForce: boolean }> {
  for (;;) {
    const have = await readPatiently(deps.ref, deps);
    const etag = have?.etag ?? null;
    const isOld = deps.isOld(etag);
    const isInForce = !isOld && isDone(intent.effect, have);
    const isMoving = isOld || etag === intent.etag || have?.state === 'reconciling';
    const isEnough = trouble !== null || isInForce || !isMoving;
    if (isEnough || isOver(intent, deps) || deps.isPressed()) return { have, isInForce };
    await deps.clock.sleep(POLL_MS, deps.signal);
    await deps.onWait();
  }
}

/** Why an effect is not in force, when the platform reported no trouble with it. */
function whatHappened({ effect, etag }: Intent, have: Have | null): Trouble {
  if ('revision' in effect && stateOf(effect.revision, have) === 'failed') {
    const revision = have?.revisions.find(({ name }) => name === effect.revision);
    return {
      cause: 'failed',
      why: revision?.message ?? `${effect.revision} does not become ready`,
    };
  }
  if (have === null || have.state === 'reconciling' || have.etag === etag) {
    return { cause: 'overdue', why: 'the platform does not show the write at its deadline' };
  }
  const { who, client, at } = have.changedBy;
  return { cause: 'overtaken', why: `${who} changed the service with ${client} at ${at}` };
}

function isOver({ deadlineAt }: Intent, { clock }: ApplyDeps): boolean {
  return clock.now().getTime() >= Date.parse(deadlineAt);
}

function overdue({ deadlineAt }: Intent): Trouble {
  return { cause: 'overdue', why: `the platform did not finish by ${deadlineAt}` };
}
