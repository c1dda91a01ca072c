import { matchesBranch } from '../service/changed-services.ts';
import { gateOfData } from './data-gate.ts';
import { formatFreeze, frozenAt } from './frozen-at.ts';
import type { Have } from './have.ts';
import { lockOf, quarantineOf } from './marks.ts';
import type { Gate, PlanFacts, Want } from './plan.ts';

/** What has to be so, or to be passed, before anything moves. */
export function planGates(want: Want, have: Have | null, facts: PlanFacts): Gate[] {
  return [
    gateOfLock(have),
    gateOfSettled(have),
    gateOfFreeze(want),
    gateOfBranch(want),
    gateOfQuarantine(want, have),
    gateOfData(want, facts),
    gateOfTests(want),
    gateOfApproval(want),
  ].flatMap((gate) => gate ?? []);
}

function gateOfLock(have: Have | null): Gate | null {
  const lock = have && lockOf(have);
  if (!lock) return { name: 'lock', state: 'open', message: 'no other rollout is under way' };
  return {
    name: 'lock',
    state: 'closed',
    message: `${lock.by} has been shipping the service since ${lock.since} (rollout ${lock.id})`,
    hint: '`rollout status` shows it, `rollout abort` ends it; `--break-lock` takes over when it is dead.',
  };
}

function gateOfSettled(have: Have | null): Gate | null {
  if (have?.state !== 'reconciling') return null;
  const { who, client } = have.changedBy;
  const message = `the platform is still at work on a write of ${who || 'somebody'}${client && ` with ${client}`}`;
  return { name: 'settled', state: 'closed', message, hint: 'Wait until it is done.' };
}

function gateOfFreeze({ environment, at }: Want): Gate | null {
  const { freezes } = environment.gates;
  if (freezes.length === 0) return null;
  const freeze = frozenAt(freezes, at);
  if (!freeze) return { name: 'freeze', state: 'open', message: 'no freeze holds now' };
  return {
    name: 'freeze',
    state: 'closed',
    message: `nothing is shipped to ${environment.name} ${formatFreeze(freeze)}`,
    hint: 'Wait, or change gates.freeze in rollout.yaml; abort and rollback work meanwhile.',
  };
}

function gateOfBranch({ environment, branch }: Want): Gate | null {
  const { branches, name } = environment;
  if (branches.length === 0) return null;
  const list = branches.join(', ');
  if (branch === null) {
    const message = `the branch is unknown; ${name} is shipped from ${list}`;
    return { name: 'branch', state: 'open', message };
  }
  if (matchesBranch(branches, branch)) {
    return { name: 'branch', state: 'open', message: `${name} is shipped from ${branch}` };
  }
  const message = `the branch is ${branch}, and ${name} is shipped from ${list}`;
  const hint = `Switch to one of these branches, or add it to environments.${name}.branches.`;
  return { name: 'branch', state: 'closed', message, hint };
}

/** The same image or commit under another name is the same release. */
function gateOfQuarantine(want: Want, have: Have | null): Gate | null {
  const banned = have ? quarantineOf(have) : [];
  for (const { revision, why, at } of banned) {
    const known = have?.revisions.find(({ name }) => name === revision);
    const isSame =
      known !== undefined &&
      (known.image === want.image || (known.commit !== undefined && known.commit === want.commit));
    if (!isSame) continue;
    const message = `${revision}, of the same ${known.image === want.image ? 'image' : 'commit'}, was taken back at ${at}: ${why}`;
    if (want.overrideQuarantine) return { name: 'quarantine', state: 'open', message };
    const hint = 'Ship a version that cures it, or repeat with --override-quarantine.';
    return { name: 'quarantine', state: 'closed', message, hint };
  }
  return null;
}

function gateOfTests({ environment, skipTests }: Want): Gate | null {
  const { tests } = environment.gates;
  if (tests === null) return null;
  if (!skipTests) return { name: 'tests', state: 'pending', message: tests };
  return { name: 'tests', state: 'open', message: `${tests} is skipped (--skip-tests)` };
}

function gateOfApproval({ environment }: Want): Gate | null {
  if (!environment.approval) return null;
  const message = `somebody approves it for ${environment.name} with \`rollout approve\``;
  return { name: 'approval', state: 'pending', message };
}
