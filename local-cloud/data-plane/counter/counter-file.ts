import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CounterSum } from './counter-sum.ts';

const HOUR_SECONDS = 3600;
/** As long as Cloud Monitoring keeps them: cloud.google.com/monitoring/quotas. */
const KEPT_HOURS = 42 * 24;

export function hourOf(second: number): number {
  return Math.floor(second / HOUR_SECONDS);
}

/**
 * Sums of one service on disk, a file for each hour and a line of JSON for each part: the parts of
 * one second and revision add up. Synchronous: what is appended survives the end of the process.
 */
export class CounterFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  append(sums: readonly CounterSum[]): void {
    const byHour = Map.groupBy(sums, ({ second }) => hourOf(second));
    for (const [hour, parts] of byHour) {
      // A line break before, not after: the last line of a killed process may lack its own.
      const text = parts.map((part) => `\n${JSON.stringify(part)}`).join('');
      appendFileSync(this.#fileOf(hour), text, { mode: 0o600 });
    }
  }

  read(hour: number): readonly CounterSum[] {
    if (!existsSync(this.#fileOf(hour))) return [];
    return readFileSync(this.#fileOf(hour), 'utf8').split('\n').flatMap(parseLine);
  }

  /** The hours of which there is something. */
  hours(): readonly number[] {
    return readdirSync(this.#folder).map((name) => Number.parseInt(name, 10));
  }

  removeOld(nowSecond: number): void {
    const oldest = hourOf(nowSecond) - KEPT_HOURS;
    for (const hour of this.hours()) if (hour < oldest) rmSync(this.#fileOf(hour));
  }

  #fileOf(hour: number): string {
    return join(this.#folder, `${hour}.ndjson`);
  }
}

/** Nothing for a line that was cut off when the process was killed. */
function parseLine(line: string): CounterSum[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as CounterSum];
  } catch {
    return [];
  }
}
