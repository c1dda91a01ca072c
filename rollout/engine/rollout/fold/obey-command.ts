import type { Command, Entry } from '../entry.ts';
import { startReturn } from './facts.ts';
import type { Facts } from './facts.ts';

/** What a person asked for is a fact as soon as it is written; the runner acts on it. */
export function obeyCommand(
  facts: Facts,
  { command, who, at }: Extract<Entry, { kind: 'commanded' }>,
): Facts {
  if (command.name === 'approve') {
    return { ...facts, openedGates: [...facts.openedGates, 'approval'] };
  }
  if (command.name === 'hold') return holdAsked(facts, command, { who, at });
  const isMoved = facts.held?.cause === 'moved';
  const goingOn: Facts = { ...facts, held: null, resumedAt: at, mustAdopt: isMoved };
  if (command.name === 'resume') return goingOn;
  if (command.name === 'retry') return { ...goingOn, probing: null, drops: [] };
  if (command.name === 'promote') return facts.returning ? facts : { ...goingOn, promotedBy: who };
  const why = command.reason === '' ? `${who} asked for it` : command.reason;
  const asked = { why, by: who, since: at };
  const { base } = facts.request.plan;
  if (command.name === 'rollBack') {
    return startReturn(goingOn, { ...asked, cause: 'asked', to: command.to ?? base });
  }
  // What somebody else made of the traffic stays.
  return startReturn(goingOn, { ...asked, cause: 'aborted', to: isMoved ? [] : base });
}

function holdAsked(
  facts: Facts,
  { forMs, reason: why }: Extract<Command, { name: 'hold' }>,
  { who, at }: { readonly who: string; readonly at: string },
): Facts {
  if (facts.returning !== null) return facts;
  const until = new Date(Date.parse(at) + forMs).toISOString();
  const reason = why === '' ? `${who} asked for it` : `${who} asked for it: ${why}`;
  return { ...facts, held: { cause: 'asked', reason, since: at, until, next: 'abort' } };
}
