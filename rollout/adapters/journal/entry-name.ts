import type { JournalPlace } from '../../engine/apply/journal-store.ts';
import type { ServiceRef } from '../../engine/plan/have.ts';

/** Numbers of one width, so that names sort as numbers do. */
const DIGITS = 6;

/** Ends in a slash. */
export function servicePrefix({ region, service }: ServiceRef): string {
  return `rollouts/${region}/${service}/`;
}

/** Ends in a slash. */
export function rolloutPrefix({ ref, rolloutId }: JournalPlace): string {
  return `${servicePrefix(ref)}${rolloutId}/`;
}

/** `rollouts/{region}/{service}/{rolloutId}/000123.json` */
export function entryName(place: JournalPlace, number: number): string {
  return `${rolloutPrefix(place)}${String(number).padStart(DIGITS, '0')}.json`;
}
