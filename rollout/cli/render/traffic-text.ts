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
