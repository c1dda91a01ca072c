import type { TrafficTarget } from '../plan/have.ts';
import type { EvidencePoint, RolloutReport } from './make-report.ts';

const OUTCOMES = {
  promoted: 'promoted',
  rolledBack: 'rolled back',
  failed: 'failed',
  aborted: 'aborted',
} as const;

/** A report in plain lines, for a terminal, a log or a message. */
export function reportLines(report: RolloutReport): string[] {
  const { canary, outcome, why, endedAt, traffic } = report;
  const ended = outcome === null ? 'is under way' : OUTCOMES[outcome];
  const after = endedAt === null ? '' : ` after ${seconds(report.since, endedAt)}`;
  return [
    `${canary} ${ended}${after}${why === null ? '' : `: ${why}`}`,
    `traffic   ${trafficText(traffic.before)} -> ${trafficText(traffic.after)}`,
    ...countLines(report),
    ...detectionLines(report),
    ...evidenceLines(report.evidence),
    ...report.holds.map(({ at, reason }) => `held      ${at.slice(11, 19)} ${reason}`),
  ];
}

/** No request is no evidence, and is said so. */
function countLines({ counts: { canary, stable } }: RolloutReport): string[] {
  if (canary.requests + stable.requests === 0) return ['requests  none were counted'];
  return [
    `requests  ${number(canary.requests)} to the new revision, ${number(stable.requests)} beside it`,
    `hurt      ${number(canary.errors)} by the new revision, ${number(stable.errors)} beside it`,
  ];
}

function detectionLines({ detection }: RolloutReport): string[] {
  if (detection === null) return [];
  const { secondsToDetect, secondsToMove } = detection;
  if (secondsToDetect === null) return ['detected  before it served anybody'];
  const moved = secondsToMove === null ? '' : `; all traffic back ${secondsToMove} s later`;
  return [`detected  ${secondsToDetect} s after it began to serve${moved}`];
}

const SHOWN_POINTS = 8;

/** `1 -> 3.2 -> 150 of 100`: first, last, and some between. */
function evidenceLines(points: readonly EvidencePoint[]): string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const every = Math.max(1, Math.ceil(points.length / SHOWN_POINTS));
  const shown = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  const path = shown.map(({ e }) => number(Number(e.toPrecision(2)))).join(' -> ');
  return [`evidence  E ${path}; ${number(last.bound)} rolls back`];
}

function trafficText(traffic: readonly TrafficTarget[]): string {
  const serving = traffic.filter(({ percent }) => percent > 0);
  if (serving.length === 0) return 'nobody';
  return serving.map(({ revision, percent }) => `${revision ?? 'LATEST'} ${percent} %`).join(', ');
}

function seconds(from: string, to: string): string {
  return `${number((Date.parse(to) - Date.parse(from)) / 1000)} s`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
