import { setTimeout as wait } from 'node:timers/promises';
import type { LivenessProbe } from '../data-plane.ts';
import type { Instance } from './instance.ts';
import { probeOnce } from './probe.ts';

/** Resolves when the instance is gone; kills it when it fails its liveness probe too often. */
export async function superviseLiveness(
  instance: Instance,
  probe: LivenessProbe | undefined,
): Promise<void> {
  if (!probe) return instance.ended;
  const gone = new AbortController();
  void instance.ended.then(() => gone.abort());
  let failures = 0;
  while (await lives(probe.periodMs, gone.signal)) {
    const deadline = AbortSignal.any([gone.signal, AbortSignal.timeout(probe.timeoutMs)]);
    const isGood = (await probeOnce(probe.path, instance.port, deadline)) === 'ok';
    failures = isGood ? 0 : failures + 1;
    // Cloud Run sends SIGKILL at once: cloud.google.com/run/docs/configuring/healthchecks.
    if (failures >= probe.failureThreshold) await instance.stop(0);
  }
}

/** False when the instance is gone before the time is over. */
async function lives(periodMs: number, gone: AbortSignal): Promise<boolean> {
  try {
    await wait(periodMs, undefined, { signal: gone });
    return true;
  } catch {
    return false;
  }
}
