import { formatCount } from 'base/terminal/amount.ts';
import type { ServiceRef, TrafficTarget } from '../../engine/plan/have.ts';

/** `acme/europe-west1/shop` */
export function formatRef({ project, region, service }: ServiceRef): string {
  return `${project}/${region}/${service}`;
}

/** `shop-v1 90 %, shop-v2 10 % (tag canary)`; entries that are only tags come last. */
export function formatTraffic(traffic: readonly TrafficTarget[]): string {
  if (traffic.length === 0) return 'nothing';
  return traffic
    .toSorted((a, b) => b.percent - a.percent)
    .map(({ revision, percent, tag }) => {
      const label = tag === undefined ? '' : ` (tag ${tag})`;
      return `${revision ?? 'LATEST'} ${percent} %${label}`;
    })
    .join(', ');
}

/** `30 s`, `5 min`, `1 h 30 min`: times that somebody chose. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** `x2.5`: a multiple of what is usual. */
export function timesText(times: number): string {
  return `x${Number(times.toPrecision(2))}`;
}

/** `1 check`, `1,200 requests` */
export function countText(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `on 2026-11-21 at 14:03 UTC` */
export function formatMoment(at: string): string {
  return `on ${at.slice(0, 10)} at ${at.slice(11, 16)} UTC`;
}

const MUCH_EVIDENCE = 1_000_000;

/** Three digits; beyond a million nobody cares how much. */
export function evidenceNumber(e: number): string {
  return e > MUCH_EVIDENCE ? 'over 1,000,000' : formatCount3(e);
}

function formatCount3(value: number): string {
  return value >= 100 ? formatCount(value) : String(Number(value.toPrecision(3)));
}
