import { AppError } from 'base/error.ts';
import type { Tick } from '../../judge/tick.ts';
import type { TickRequest } from '../../judge/tick-source.ts';
import type { Strategy } from '../../service/rollout-spec.ts';
import type { Facts } from '../fold/facts.ts';
import type { OpenRollout } from './open-rollout.ts';

const MIN_POLL_MS = 1000;
/** Of stable before the canary; the simulator of the judge has as much. */
const BASELINE_MS = 15 * 60_000;
/** They are in the journal, too. */
const MAX_BASELINE_TICKS = 180;
const MIN_BASELINE_TICKS = 5;
/** After hours without a runner there are many; an entry stays small. */
const MAX_TICKS = 100;

/** Brings the ticks that have come into the journal; waits a little when there are none. */
export async function observe(rollout: OpenRollout): Promise<void> {
  const { facts, deps, signal } = rollout;
  const { strategy } = facts.request;
  if (strategy === null) return;
  const tickSeconds = strategy.judge.tickMs / 1000;
  const seen = await read(rollout, strategy, tickSeconds);
  if (typeof seen === 'string') {
    if (facts.blind === null) await rollout.record({ kind: 'unobserved', why: seen });
  } else if (seen.length > 0) {
    return rollout.record({ kind: 'observed', ticks: seen.slice(0, MAX_TICKS) });
  }
  await deps.clock.sleep(Math.max(MIN_POLL_MS, strategy.judge.tickMs / 5), signal);
}

/** The ticks, or why there are none to be had. */
async function read(
  { facts, deps }: OpenRollout,
  strategy: Strategy,
  tickSeconds: number,
): Promise<readonly Tick[] | string> {
  const from = fromOf(facts);
  try {
    const ticks = await deps.ticks.readTicks({
      ref: facts.ref,
      canary: facts.canary,
      stable: stableOf(facts),
      from,
      tickSeconds,
      counters: countersOf(strategy),
    });
    return contradiction(ticks, from) ?? ticks;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.message;
  }
}

function countersOf({ judge }: Strategy): TickRequest['counters'] {
  return judge.kind === 'sequential' ? judge.metrics : {};
}

/** Without gaps; before the first, enough to know what is normal for the service. */
function fromOf({ ticksUntil, stageSince, request }: Facts): string {
  if (ticksUntil !== null) return ticksUntil;
  const tickMs = request.strategy?.judge.tickMs ?? 0;
  const longestMs = Math.min(BASELINE_MS, MAX_BASELINE_TICKS * tickMs);
  const baselineMs = Math.max(longestMs, MIN_BASELINE_TICKS * tickMs);
  return new Date(Date.parse(stageSince) - baselineMs).toISOString();
}

function stableOf({ traffic, canary }: Facts): string[] {
  const serving = traffic.filter(({ percent, revision }) => percent > 0 && revision !== canary);
  return [...new Set(serving.map(({ revision }) => revision).filter((name) => name !== null))];
}

/** Why ticks cannot be true; null when they can. */
function contradiction(ticks: readonly Tick[], from: string): string | null {
  let untilMs = Date.parse(from);
  for (const { startAt, seconds, canary, stable } of ticks) {
    if (Date.parse(startAt) < untilMs) return `the tick of ${startAt} overlaps the one before`;
    untilMs = Date.parse(startAt) + seconds * 1000;
    for (const arm of [canary, stable]) {
      if (arm === null) continue;
      const isCount = Number.isInteger(arm.requests) && Number.isInteger(arm.errors);
      if (!isCount || arm.errors < 0 || arm.errors > arm.requests) {
        return `the tick of ${startAt} has ${arm.errors} errors in ${arm.requests} requests`;
      }
    }
  }
  return null;
}
