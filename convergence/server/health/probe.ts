import type { Clock } from 'base/clock.ts';

/** One thing without which the service cannot do its work. */
export interface Probe {
  readonly name: string;
  /** Throws when it does not answer. */
  check(): Promise<void>;
}

export interface ProbeResult {
  readonly name: string;
  readonly ok: boolean;
  readonly latencyMs: number;
  readonly message: string | null;
}

const PROBE_TIMEOUT_MS = 2_000;

/** All probes at once; one that hangs counts as failed after two seconds. */
export function runProbes(
  probes: readonly Probe[],
  clock: Pick<Clock, 'sleep'>,
): Promise<ProbeResult[]> {
  return Promise.all(probes.map((probe) => runProbe(probe, clock)));
}

async function runProbe(probe: Probe, clock: Pick<Clock, 'sleep'>): Promise<ProbeResult> {
  const startedMs = performance.now();
  const { name } = probe;
  const result = (message: string | null) => {
    const latencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
    return { name, ok: message === null, latencyMs, message };
  };
  const done = new AbortController();
  const timeout = clock.sleep(PROBE_TIMEOUT_MS, done.signal).then(
    () => `no answer within ${PROBE_TIMEOUT_MS} ms`,
    () => null,
  );
  const answer = probe.check().then(
    () => null,
    // The cause may hold addresses and names of users; the log has it where it happens in earnest.
    () => 'does not answer',
  );
  const message = await Promise.race([answer, timeout]);
  done.abort();
  return result(message);
}
