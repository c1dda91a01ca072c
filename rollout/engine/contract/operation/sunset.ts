import { textOf } from '../api-document.ts';
import type { JsonObject } from '../api-document.ts';
import type { Level } from '../finding.ts';

/** What a removal of something deprecated is, by the day that was announced for it. */
export type Grace = 'none' | 'announced' | 'over' | 'early' | 'unreadable';

export function graceOf(value: JsonObject, today: Date): Grace {
  if (value.deprecated !== true) return 'none';
  const sunset = value['x-sunset'];
  if (sunset === undefined) return 'announced';
  const day = dayOf(sunset);
  if (day === null) return 'unreadable';
  return day > today.getTime() ? 'early' : 'over';
}

/** RFC 3339: a day or a moment; null: neither. */
function dayOf(sunset: unknown): number | null {
  if (typeof sunset !== 'string' || !/^\d{4}-\d\d-\d\d(T.*)?$/.test(sunset)) return null;
  const ms = Date.parse(sunset);
  return Number.isNaN(ms) ? null : ms;
}

export interface Judged {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
}

/** A deprecation that was announced, changed or taken back. */
export function compareSunsets(was: JsonObject, is: JsonObject, today: Date): Judged[] {
  const [wasDeprecated, isDeprecated] = [was.deprecated === true, is.deprecated === true];
  if (wasDeprecated && !isDeprecated) {
    return [{ id: 'endpoint-reactivated', level: 'INFO', text: 'is no longer deprecated' }];
  }
  if (!isDeprecated) return [];
  const [before, now] = [was['x-sunset'], is['x-sunset']];
  if (now === undefined) {
    if (before !== undefined && wasDeprecated) {
      return [
        { id: 'sunset-deleted', level: 'ERR', text: `lost its sunset date ${textOf(before)}` },
      ];
    }
    return wasDeprecated
      ? []
      : [{ id: 'endpoint-deprecated', level: 'INFO', text: 'is deprecated' }];
  }
  const day = dayOf(now);
  if (day === null) {
    const text = `has the sunset date '${textOf(now)}', which is no day such as 2027-01-31`;
    return [{ id: 'api-deprecated-sunset-parse', level: 'ERR', text }];
  }
  if (before === now && wasDeprecated) return [];
  const isPast = day < today.getTime();
  if (!wasDeprecated) {
    return isPast
      ? [
          {
            id: 'api-sunset-date-too-small',
            level: 'ERR',
            text: `is deprecated with a sunset date that is over, ${textOf(now)}`,
          },
        ]
      : [
          {
            id: 'endpoint-deprecated-with-sunset',
            level: 'INFO',
            text: `is deprecated until ${textOf(now)}`,
          },
        ];
  }
  const earlier = day < (dayOf(before) ?? day);
  return isPast && earlier
    ? [
        {
          id: 'api-sunset-date-changed-too-small',
          level: 'ERR',
          text: `moved its sunset date to ${textOf(now)}, which is over`,
        },
      ]
    : [];
}
