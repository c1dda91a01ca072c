import type { Entry } from '../../engine/rollout/entry.ts';
import { foldJournal } from '../../engine/rollout/rollout-state.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import type { JudgePolicy } from '../../engine/service/rollout-spec.ts';

/** What the judge thought after it was shown new ticks. */
export interface Rejudged {
  readonly at: string;
  /** Of the traffic, for the canary. */
  readonly percent: number;
  readonly canary: RolloutState['counts']['canary'];
  readonly stable: RolloutState['counts']['stable'];
  readonly kind: string;
  readonly reason: string;
  /** Null with thresholds. */
  readonly e: number | null;
}

/** The recorded ticks of a rollout before the judge once more; null: under its own policy. */
export function rejudge(entries: readonly Entry[], policy: JudgePolicy | null): Rejudged[] {
  const judged = policy === null ? entries : entries.map((entry) => under(entry, policy));
  return judged.flatMap((entry, at) => {
    if (entry.kind !== 'observed') return [];
    const state = foldJournal(judged.slice(0, at + 1));
    if (state.verdict === null) return [];
    const { kind, reason, evidence } = state.verdict;
    const e = evidence.sequential?.e ?? null;
    const { canaryPercent: percent, counts } = state;
    return [{ at: entry.at, percent, ...counts, kind, reason, e }];
  });
}

function under(entry: Entry, judge: JudgePolicy): Entry {
  if (entry.kind !== 'begun' || entry.request.strategy === null) return entry;
  const strategy = { ...entry.request.strategy, judge };
  return { ...entry, request: { ...entry.request, strategy } };
}
