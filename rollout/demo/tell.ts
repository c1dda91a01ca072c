import { formatCount } from 'base/terminal/amount.ts';
import type { Out } from 'base/terminal/out.ts';
import { evidenceNumber } from '../cli/render/traffic-text.ts';
import { rejudge } from '../cli/follow/rejudge.ts';
import type { Entry } from '../engine/rollout/entry.ts';
import type { LoadCounts } from './steady-load.ts';

/** What a release cost its users, and how the judge came to its end. */
export interface Told {
  readonly release: string;
  readonly entries: readonly Entry[];
  /** While it was shipped. */
  readonly before: LoadCounts;
  readonly after: LoadCounts;
}

const E_POINTS = 8;

export function tellRelease({ release, entries, before, after }: Told, out: Out): void {
  const { style } = out;
  const ended = entries.find(({ kind }) => kind === 'ended');
  const outcome = ended?.kind === 'ended' ? ended.outcome : 'not over';
  const word = outcome === 'promoted' ? style.good('promoted') : style.bad('taken back');
  out.line();
  out.line(style.strong(`${release} was ${word}`));
  out.line(`  requests served     ${formatCount(after.served - before.served)}`);
  for (const line of hurtLines(entries, before, after)) out.line(line);
  for (const line of detectionLines(entries)) out.line(line);
  const path = evidencePath(entries);
  if (path.length > 0) out.line(`  E, back at 100      ${path.join(' → ')}`);
}

function hurtLines(
  entries: readonly Entry[],
  before: LoadCounts,
  after: LoadCounts,
): readonly string[] {
  const [begun] = entries;
  const canary = begun?.kind === 'begun' ? begun.request.plan.revision : '';
  const of = (counts: LoadCounts, mine: boolean) =>
    Object.entries(counts.hurt)
      .filter(([revision]) => (revision === canary) === mine)
      .reduce((sum, [, count]) => sum + count, 0);
  const [ours, others] = [true, false].map((mine) => of(after, mine) - of(before, mine));
  return [
    `  requests hurt       ${formatCount(ours ?? 0)} by it, ${formatCount(others ?? 0)} by the one before (which fails now and then, too)`,
  ];
}

/** From the first request that it could get to the decision, and to the last. */
function detectionLines(entries: readonly Entry[]): string[] {
  const exposed = entries.find(
    (entry) => entry.kind === 'confirmed' && servesCanary(entry, entries),
  );
  const returning = entries.find(({ kind }) => kind === 'returning');
  if (!exposed || !returning) return [];
  const back = entries.find(
    (entry) =>
      entry.kind === 'confirmed' && entry.at > returning.at && !servesCanary(entry, entries),
  );
  const lines = [`  seconds to detect   ${secondsBetween(exposed, returning)}`];
  if (back) lines.push(`  seconds to return   ${secondsBetween(returning, back)}`);
  return lines;
}

function servesCanary(entry: Entry, [begun]: readonly Entry[]): boolean {
  const canary = begun?.kind === 'begun' ? begun.request.plan.revision : '';
  return (
    entry.kind === 'confirmed' &&
    entry.traffic.some(({ revision, percent }) => revision === canary && percent > 0)
  );
}

function secondsBetween(from: Entry, to: Entry): string {
  return ((Date.parse(to.at) - Date.parse(from.at)) / 1000).toFixed(1);
}

/** Evenly chosen, the last always among them. */
function evidencePath(entries: readonly Entry[]): string[] {
  const all = rejudge(entries, null).flatMap(({ e }) => e ?? []);
  const stride = Math.max(1, Math.ceil(all.length / E_POINTS));
  return all.filter((_, at) => (all.length - 1 - at) % stride === 0).map(evidenceNumber);
}
