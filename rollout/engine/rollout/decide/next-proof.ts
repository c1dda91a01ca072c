import type { Check, Prove } from '../../service/rollout-spec.ts';
import { pass } from './action.ts';
import type { Action, Now, PlannedCheck } from './action.ts';

const HEALTH_TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 30_000;

/** Ask the revision at its own address until it answers as it must, or the tries are used up. */
export function nextProof(at: Now): Action {
  const { facts, now } = at;
  const { release, strategy } = facts.request;
  if (release === null || strategy === null) return pass(facts, 'nothing to prove');
  const checks = checksOf(at, strategy.prove);
  if (checks.length === 0) return pass(facts, 'it is ready, and no check is asked for');
  const probing = facts.probing?.target === 'canary' ? facts.probing : null;
  const problem = probing?.checks.find((check) => check.problem !== null);
  if (probing !== null && problem === undefined) {
    return pass(facts, `${probing.checks.length} checks passed at try ${probing.attempts}`);
  }
  if (probing !== null && probing.attempts > strategy.prove.retries) {
    const why = `${problem?.name} failed ${probing.attempts} times: ${problem?.problem}`;
    return { do: 'write', entry: { kind: 'returning', cause: 'proof', why, by: null } };
  }
  const nextMs = probing ? Date.parse(probing.lastAt) + backoffMs(probing.attempts) : 0;
  if (now.getTime() < nextMs) return { do: 'wait', untilMs: nextMs };
  return { do: 'probe', target: 'canary', checks };
}

function backoffMs(attempts: number): number {
  return Math.min(MAX_WAIT_MS, 1000 * 2 ** (attempts - 1));
}

function checksOf({ facts, have }: Now, { health, suite }: Prove): PlannedCheck[] {
  const { release, plan } = facts.request;
  // Where nothing else serves, the service's own address is the revision's.
  const tagged = have?.served.find(({ tag }) => tag === plan.tag)?.url;
  const url = tagged ?? have?.url ?? '';
  const checks = suite === null ? [] : (release?.service.suites[suite] ?? []);
  return [
    ...(health === null ? [] : [healthCheck(url, health)]),
    ...checks.map((check) => plannedCheck(url, check)),
  ];
}

export function healthCheck(url: string, path: string): PlannedCheck {
  return plannedCheck(url, {
    name: 'health',
    method: 'GET',
    path,
    headers: {},
    body: null,
    status: 200,
    contains: null,
    maxLatencyMs: HEALTH_TIMEOUT_MS,
  });
}

/** A check of a suite, asked at an address. */
export function plannedCheck(url: string, check: Check): PlannedCheck {
  const { name, method, path, headers, body, maxLatencyMs } = check;
  const probe = { url: new URL(path, url).href, method, headers, timeoutMs: maxLatencyMs };
  return { name, probe: body === null ? probe : { ...probe, body }, expect: check };
}
