import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jitterOf, upcoming } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { dayOf, MAX_MADE_UP, settleMoment } from './settle-moment.ts';

const at = (text: string) => new Date(`2026-${text}Z`);

const HOURLY: Schedule = {
  tenantId: 'acme',
  pipelineId: 'p',
  cron: '0 * * * *',
  timeZone: 'UTC',
  missed: 'last',
  jitterMs: 0,
  declared: true,
  disabledAt: null,
  disabledBy: null,
  settledUntil: at('03-01T10:30'),
  nextAt: at('03-01T11:00'),
};

/** Every decision until there is none left. */
function settleAll(schedule: Schedule, now: Date) {
  const made: [dueAt: string, outcome: string, missedSince: string | undefined][] = [];
  for (let state = schedule; ;) {
    const settled = settleMoment(state, now);
    if (!settled) return made;
    const { dueAt, outcome, missedSince, nextAt } = settled;
    made.push([dueAt.toISOString(), outcome, missedSince?.toISOString()]);
    state = { ...state, settledUntil: dueAt, nextAt };
  }
}

test('a moment begins exactly when it has come, once', () => {
  assert.equal(settleMoment(HOURLY, at('03-01T10:59:59.999')), null);
  const settled = settleMoment(HOURLY, at('03-01T11:00'));
  assert.deepEqual(settled, {
    dueAt: at('03-01T11:00'),
    outcome: 'run',
    missedSince: null,
    nextAt: at('03-01T12:00'),
  });
  assert.equal(settleAll(HOURLY, at('03-01T11:00')).length, 1);
});

test('after an outage: none passes over, last makes up for the newest, all for each', () => {
  const back = at('03-01T14:20');
  const since = '2026-03-01T11:00:00.000Z';
  const newest = '2026-03-01T14:00:00.000Z';
  assert.deepEqual(settleAll({ ...HOURLY, missed: 'none' }, back), [[newest, 'miss', since]]);
  assert.deepEqual(settleAll(HOURLY, back), [[newest, 'run', since]]);
  assert.deepEqual(
    settleAll({ ...HOURLY, missed: 'all' }, back).map(([dueAt, outcome]) => [
      dueAt.slice(11, 13),
      outcome,
    ]),
    ['11', '12', '13', '14'].map((hour) => [hour, 'run']),
  );
  const inTime = at('03-01T14:04');
  assert.deepEqual(settleAll({ ...HOURLY, missed: 'none' }, inTime), [[newest, 'run', since]]);
});

test('all has a bound, and a year without a scheduler costs no more than a day', () => {
  const schedule: Schedule = { ...HOURLY, cron: '* * * * *', missed: 'all' };
  const made = settleAll(schedule, new Date('2027-03-01T10:30:00Z'));
  assert.equal(made.length, MAX_MADE_UP);
  assert.deepEqual(made[0], ['2027-03-01T08:51:00.000Z', 'run', '2026-03-01T10:31:00.000Z']);
  assert.deepEqual(made.at(-1), ['2027-03-01T10:30:00.000Z', 'run', undefined]);
});

test('jitter is the same everywhere and every day, and differs between pipelines', () => {
  const jittered = (pipelineId: string) => ({ ...HOURLY, pipelineId, jitterMs: 600_000 });
  const delays = Array.from({ length: 200 }, (_, nr) => jitterOf(jittered(`p${nr}`)));
  assert.deepEqual(
    delays,
    Array.from({ length: 200 }, (_, nr) => jitterOf(jittered(`p${nr}`))),
  );
  assert.ok(delays.every((delayMs) => delayMs >= 0 && delayMs < 600_000 && delayMs % 1000 === 0));
  assert.ok(new Set(delays).size > 150);

  const schedule = jittered('p');
  const delayMs = jitterOf(schedule);
  const startsAt = new Date(at('03-01T11:00').getTime() + delayMs);
  assert.ok(delayMs > 0);
  assert.equal(settleMoment(schedule, new Date(startsAt.getTime() - 1)), null);
  const settled = settleMoment(schedule, startsAt);
  assert.deepEqual(
    [settled?.dueAt, settled?.nextAt],
    [at('03-01T11:00'), new Date(startsAt.getTime() + 3_600_000)],
  );
  assert.deepEqual(upcoming(schedule, 1), [{ dueAt: at('03-01T11:00'), startsAt }]);
});

test('a run works for the day on which it was due where its schedule is', () => {
  const dueAt = new Date('2026-03-28T23:30:00Z');
  assert.deepEqual(dayOf(dueAt, 'Europe/Berlin'), { start: '2026-03-29', end: '2026-03-30' });
  assert.deepEqual(dayOf(dueAt, 'America/New_York'), { start: '2026-03-28', end: '2026-03-29' });
});
