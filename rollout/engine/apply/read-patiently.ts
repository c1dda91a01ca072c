import type { Clock } from 'base/clock.ts';
import { retry } from 'base/retry.ts';
import type { Have, ServiceRef } from '../plan/have.ts';
import type { Platform } from './platform.ts';

/** About two minutes: a rollout does not end because the platform hiccups. */
const PATIENCE = { maxAttempts: 20, firstDelayMs: 200, maxDelayMs: 10_000 };

export function readPatiently(
  ref: ServiceRef,
  deps: { readonly platform: Platform; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<Have | null> {
  const { platform, clock, signal } = deps;
  return retry(() => platform.readService(ref), PATIENCE, { clock, random: () => 1, signal });
}
