import type { Clock } from 'base/clock.ts';
import type { Kms } from '../../../engine/tenant/kms/kms.ts';
import type { Probe } from '../../health/probe.ts';

/** Whoever asks for the health of the platform must not use up the quota of its KMS. */
const EVERY_MS = 10_000;

/** Asks at most once in ten seconds, and gives the last answer in between. */
export function createKmsProbe(kms: Pick<Kms, 'listVersions'>, clock: Pick<Clock, 'now'>): Probe {
  let last: Promise<unknown> | undefined;
  let askedAtMs = 0;
  return {
    name: 'kms',
    async check() {
      const nowMs = clock.now().getTime();
      if (!last || nowMs - askedAtMs >= EVERY_MS) {
        askedAtMs = nowMs;
        last = kms.listVersions();
      }
      await last;
    },
  };
}
