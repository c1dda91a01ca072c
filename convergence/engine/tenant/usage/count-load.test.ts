import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  assert as check,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  record,
} from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { localDay } from '../local-day.ts';
import { DEFAULT_PLANS } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { countLoad } from './count-load.ts';
import type { CountedLoad } from './count-load.ts';
import { currentUsage, findReached } from './usage.ts';
import type { UsageCounters } from './usage.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];
const PLAN: Plan = {
  ...DEFAULT_PLANS.starter,
  runsPerDay: 5,
  runsPerMonth: 20,
  rowsPerDay: 100,
  rowsPerMonth: 400,
  bytesPerDay: 1_000,
  bytesPerMonth: 4_000,
};
const NOTHING = {
  runsToday: 0,
  runsThisMonth: 0,
  rowsToday: 0,
  rowsThisMonth: 0,
  bytesToday: 0,
  bytesThisMonth: 0,
};

const action = oneof(
  record({ do: constant('wait' as const), hours: integer({ min: 1, max: 40 }) }),
  record({ do: constant('move' as const), zone: constantFrom(...ZONES) }),
  record({ do: constant('run' as const) }),
  record({
    do: constant('load' as const),
    id: constantFrom('a', 'b', 'c'),
    rows: integer({ min: 0, max: 60 }),
    bytes: integer({ min: 0, max: 600 }),
  }),
);
type Action = typeof action extends Arbitrary<infer T> ? T : never;

/** Everything that was ever counted, with the day on which it was: sums are taken anew each time. */
interface Model {
  readonly runs: string[];
  readonly loads: Map<string, CountedLoad>;
  /** On which something was counted last; no day before it comes back. */
  latestDay: string;
}

function sums({ runs, loads }: Pick<Model, 'runs' | 'loads'>, day: string): UsageCounters {
  const month = day.slice(0, 7);
  const total = (of: 'rows' | 'bytes', since: string) =>
    [...loads.values()].reduce((sum, load) => sum + (load.day.startsWith(since) ? load[of] : 0), 0);
  return {
    day,
    runsToday: runs.filter((one) => one === day).length,
    runsThisMonth: runs.filter((one) => one.startsWith(month)).length,
    rowsToday: total('rows', day),
    rowsThisMonth: total('rows', month),
    bytesToday: total('bytes', day),
    bytesThisMonth: total('bytes', month),
  };
}

class Tenant {
  readonly model: Model;
  stored: UsageCounters;
  nowMs = Date.parse('2026-03-27T20:00:00Z');
  zone = 'UTC';

  constructor() {
    const day = localDay(new Date(this.nowMs), this.zone);
    this.stored = { day, ...NOTHING };
    this.model = { runs: [], loads: new Map(), latestDay: day };
  }

  perform(one: Action): void {
    if (one.do === 'wait') this.nowMs += one.hours * 3_600_000;
    if (one.do === 'move') this.zone = one.zone;
    const now = new Date(this.nowMs);
    const day = localDay(now, this.zone);
    const { latestDay } = this.model;
    const usage = currentUsage(this.stored, now, this.zone);
    assert.deepEqual(usage, sums(this.model, day > latestDay ? day : latestDay));
    if (one.do === 'run') this.#run(usage, now);
    if (one.do === 'load') this.#load(usage, now, one);
  }

  #run(usage: UsageCounters, now: Date): void {
    const refused = findReached({ plan: PLAN, usage, now, timeZone: this.zone });
    if (refused) {
      assert.ok(Date.parse(String(refused.details.resetsAt)) > this.nowMs);
      return;
    }
    const { runsToday, runsThisMonth } = usage;
    this.stored = { ...usage, runsToday: runsToday + 1, runsThisMonth: runsThisMonth + 1 };
    this.model.runs.push(usage.day);
    this.model.latestDay = usage.day;
  }

  #load(usage: UsageCounters, now: Date, { id, rows, bytes }: Action & { do: 'load' }): void {
    const { model } = this;
    const counted = { day: usage.day, rows, bytes };
    const after = { runs: model.runs, loads: new Map(model.loads).set(id, counted) };
    const standing = { plan: PLAN, usage, now, timeZone: this.zone };
    const count = () => countLoad(standing, model.loads.get(id), { rows, bytes });
    if (isOver(sums(after, usage.day), { rows, bytes })) {
      assert.throws(count, { code: 'quota_exceeded' });
      return;
    }
    const done = count();
    assert.deepEqual(done.counted, counted);
    this.stored = done.usage;
    model.loads.set(id, counted);
    model.latestDay = usage.day;
  }
}

function isOver(usage: UsageCounters, { rows, bytes }: { rows: number; bytes: number }): boolean {
  return (
    (rows > 0 && (usage.rowsToday > 100 || usage.rowsThisMonth > 400)) ||
    (bytes > 0 && (usage.bytesToday > 1_000 || usage.bytesThisMonth > 4_000))
  );
}

test('counters agree with a model that sums up everything, wherever the tenant moves', () => {
  check(
    property(array(action, { maxLength: 60 }), (actions) => {
      const tenant = new Tenant();
      for (const one of actions) tenant.perform(one);
    }),
    { numRuns: 300 },
  );
});

test('a load that does not fit says how much was needed', () => {
  const usage = { day: '2026-03-27', ...NOTHING, rowsToday: 90, rowsThisMonth: 90 };
  const standing = { plan: PLAN, usage, now: new Date('2026-03-27T20:00:00Z'), timeZone: 'UTC' };
  assert.throws(() => countLoad(standing, undefined, { rows: 11, bytes: 1 }), {
    code: 'quota_exceeded',
    message: 'The plan allows 100 rows a day, and 90 were used; 11 more do not fit.',
    details: {
      limit: 'rows_per_day',
      allowed: 100,
      used: 90,
      needed: 11,
      resetsAt: '2026-03-28T00:00:00.000Z',
    },
  });
});
