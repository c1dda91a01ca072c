import { formatCount } from 'base/terminal/amount.ts';
import type { Out } from 'base/terminal/out.ts';
import { evidenceNumber } from '../cli/render/traffic-text.ts';
import { makeReport } from '../engine/report/make-report.ts';
import type { RolloutReport } from '../engine/report/make-report.ts';
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
  const report = makeReport(entries);
  const word = report.outcome === 'promoted' ? style.good('promoted') : style.bad('taken back');
  out.line();
  out.line(style.strong(`${release} was ${word}`));
  out.line(`  requests served     ${formatCount(after.served - before.served)}`);
  const hurt = (isCanary: boolean): string =>
    formatCount(hurtBy(report.canary, isCanary, after) - hurtBy(report.canary, isCanary, before));
  out.line(
    `  requests hurt       ${hurt(true)} by it, ${hurt(false)} by the one before (which fails now and then, too)`,
  );
  for (const line of detectionLines(report)) out.line(line);
  const path = evidencePath(report);
  if (path.length > 0) out.line(`  E, back at 100      ${path.join(' → ')}`);
}

/** As the users count: requests that this revision, or all others, failed. */
function hurtBy(revision: string, isIt: boolean, { hurt }: LoadCounts): number {
  return Object.entries(hurt)
    .filter(([name]) => (name === revision) === isIt)
    .reduce((sum, [, count]) => sum + count, 0);
}

function detectionLines({ detection }: RolloutReport): string[] {
  if (!detection) return [];
  const { secondsToDetect, secondsToMove } = detection;
  return [
    `  seconds to detect   ${secondsToDetect?.toFixed(1) ?? 'none: it served nobody'}`,
    ...(secondsToMove === null ? [] : [`  seconds to return   ${secondsToMove.toFixed(1)}`]),
  ];
}

/** Evenly chosen, the last always among them. */
function evidencePath({ evidence }: RolloutReport): string[] {
  const stride = Math.max(1, Math.ceil(evidence.length / E_POINTS));
  return evidence
    .filter((_, at) => (evidence.length - 1 - at) % stride === 0)
    .map(({ e }) => evidenceNumber(e));
}
