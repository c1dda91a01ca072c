import type { ServiceRef } from '../../engine/plan/have.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import { formatTraffic } from './traffic-text.ts';

/** Nothing happens until a person decides, or the time for that is over. */
export function isWaiting(state: RolloutState): boolean {
  return state.held !== null || isWaitingForApproval(state);
}

/** All other gates are open, and nobody has approved. */
function isWaitingForApproval({ phase, openedGates, request }: RolloutState): boolean {
  const closed = request.plan.gates.filter(({ name }) => !openedGates.includes(name));
  return phase === 'gates' && closed.length === 1 && closed[0]?.name === 'approval';
}

/** Options that name the service from any folder of any machine. */
function refFlags({ project, region, service }: ServiceRef): string {
  return `--service ${service} --region ${region} --project ${project}`;
}

/** Commands that end the waiting, each with what it does. */
export function decisions(state: RolloutState): string[] {
  const flags = refFlags(state.ref);
  if (isWaitingForApproval(state)) {
    return [`rollout approve ${flags}   lets it begin`, `rollout abort ${flags}     ends it`];
  }
  return [
    `rollout resume ${flags}    goes on judging`,
    `rollout promote ${flags}   goes on all the same`,
    `rollout abort ${flags}     takes it back`,
  ];
}

/** What goes on after this process stopped running a rollout, and how to take it up again. */
export function renderLeft(ref: ServiceRef, state: RolloutState | null): string[] {
  const flags = refFlags(ref);
  const traffic = state ? formatTraffic(state.traffic) : 'as it is';
  return [
    `The rollout is kept in its journal and nobody runs it now. Traffic stays: ${traffic}.`,
    ...(state && isWaiting(state)
      ? decisions(state).map((line) => `  ${line}`)
      : [
          `  rollout resume ${flags}   goes on with it, here or on another machine`,
          `  rollout abort ${flags}    takes it back`,
        ]),
  ];
}
