import type { Action, Now } from './action.ts';

/** A day, after which an unapproved rollout ends; nothing has moved then. */
const APPROVAL_MS = 24 * 60 * 60_000;

/** What stands before the first write: tests, approval, the build. Null when all are passed. */
export function nextGate({ facts, now }: Now): Action | null {
  const { plan, release } = facts.request;
  if (release === null || facts.isLocked || facts.isDeployed) return null;
  const closed = plan.gates.filter(({ name }) => !facts.openedGates.includes(name));
  const { tests } = release.environment.gates;
  for (const { name } of closed) {
    if (name === 'approval') continue;
    if (name === 'tests' && tests !== null) return { do: 'test', commandLine: tests };
    return { do: 'write', entry: { kind: 'opened', gate: name, by: 'the plan' } };
  }
  if (closed.length > 0) {
    const untilMs = Date.parse(facts.since) + APPROVAL_MS;
    if (now.getTime() < untilMs) return { do: 'wait', untilMs };
    const why = 'nobody approved it within a day';
    return { do: 'write', entry: { kind: 'ended', outcome: 'failed', why } };
  }
  return facts.image === null ? { do: 'build' } : null;
}
