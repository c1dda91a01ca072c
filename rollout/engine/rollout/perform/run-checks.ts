import type { PlannedCheck } from '../decide/action.ts';
import type { CheckResult } from '../entry.ts';
import type { ProbeAnswer, Prober } from '../prober.ts';

/** One after the other, all of them, so that the evidence is whole. */
export async function runChecks(
  checks: readonly PlannedCheck[],
  prober: Prober,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const answer = await prober.probe(check.probe, signal);
    const { status, latencyMs } = answer;
    const problem = problemOf(answer, check.expect);
    results.push({ name: check.name, url: check.probe.url, status, latencyMs, problem });
  }
  return results;
}

function problemOf(answer: ProbeAnswer, expect: PlannedCheck['expect']): string | null {
  const { status, latencyMs, body, error } = answer;
  if (status === 0) return `no answer: ${error ?? 'unknown'}`;
  if (status !== expect.status) return `answered ${status} instead of ${expect.status}`;
  if (expect.contains !== null && !body.includes(expect.contains)) {
    return `the answer does not contain '${expect.contains}'`;
  }
  if (latencyMs > expect.maxLatencyMs) {
    return `took ${Math.round(latencyMs)} ms, more than ${expect.maxLatencyMs}`;
  }
  return null;
}
