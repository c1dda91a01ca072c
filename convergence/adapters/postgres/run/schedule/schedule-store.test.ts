import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import { fireDue } from '../../../../engine/run/schedule/fire-due.ts';
import { syncAllSchedules } from '../../../../engine/run/schedule/sync-schedules.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import type { TestDatabase } from '../../../../testing/postgres.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresRunStore } from '../store/run-store.ts';
import { PostgresScheduleStore } from './schedule-store.ts';

const START = '2026-03-27T12:00:00.000Z';
const HOUR_MS = 3_600_000;
const acme = tenantScope('acme');

/** Configs that tests write; a change has a new stamp, as in a folder. */
class Configs {
  readonly files = new Map<string, Map<string, string>>();

  write(tenantId: string, path: string, text: string | null): void {
    const files = this.files.get(tenantId) ?? new Map<string, string>();
    this.files.set(tenantId, files);
    if (text === null) files.delete(path);
    else files.set(path, text);
  }

  readConfig({ tenantId }: { tenantId: string }) {
    return Promise.resolve(new Map(this.files.get(tenantId)));
  }

  readPipelineStamp({ tenantId }: { tenantId: string }) {
    return Promise.resolve(JSON.stringify([...(this.files.get(tenantId) ?? [])]));
  }
}

const SOURCE = `type: file\nresources:\n  - name: rows\n    path: data/*.csv\n`;

function pipeline(id: string, schedule: string): string {
  const step = '- { name: load, type: ingest, source_config: sources/a.yml }';
  return `pipeline_id: ${id}\nschedule: { ${schedule} }\nsteps:\n  ${step}\n`;
}

const DAILY = 'cron: "30 2 * * *", timezone: Europe/Berlin';

describe('schedules on PostgreSQL', () => {
  let server: TestDatabase;
  let database: ControlDatabase;
  let clock: FakeClock;
  let configs: Configs;

  const open = (on = database) => {
    const deps = { clock, nextId: createUuidV7({ clock }) };
    return { schedules: new PostgresScheduleStore(on, deps), configs, secrets };
  };
  const runs = () => new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  const tenants = () => new PostgresTenantStore(database, { clock });
  const secrets = { readSecret: () => Promise.resolve(''), listSecrets: () => Promise.resolve([]) };
  const sync = () => syncAllSchedules(open());
  const write = (id: string, schedule: string, tenantId = 'acme') => {
    configs.write(tenantId, 'sources/a.yml', SOURCE);
    configs.write(tenantId, `pipelines/${id}.yml`, pipeline(id, schedule));
  };
  const fire = async () => {
    const { problems, ...counts } = await fireDue(open());
    assert.deepEqual(problems, []);
    return counts;
  };
  const goTo = (time: string) => clock.advance(Date.parse(time) - clock.now().getTime());
  const listRuns = async (scope = acme) => {
    const page = await runs().listRuns(scope, { limit: 200 });
    return page.runs.toReversed();
  };

  before(async () => {
    server = await openTestDatabase();
    database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
    await upgradeDatabase(database);
  });
  after(() => database.close().then(() => server.drop()));
  beforeEach(async () => {
    clock = new FakeClock({ now: START });
    configs = new Configs();
    const known = await tenants().listTenants({ limit: 100 });
    for (const { tenantId } of known.tenants) await tenants().deleteTenant(tenantId);
    await tenants().createTenant({ tenantId: 'acme', plan: 'enterprise' });
  });

  test('a moment gives one run for its day; days of change too', async () => {
    write('daily', DAILY);
    assert.equal(await sync(), 1);
    assert.equal(await sync(), 0);
    assert.deepEqual(await fire(), { started: 0, refused: 0, missed: 0 });
    for (const time of ['03-28T01:30:00', '03-29T01:00:00', '03-30T00:30:00']) {
      await goTo(`2026-${time}.000Z`);
      assert.deepEqual(await fire(), { started: 1, refused: 0, missed: 0 });
      assert.deepEqual(await fire(), { started: 0, refused: 0, missed: 0 });
    }
    const made = await listRuns();
    assert.deepEqual(
      made.map(({ triggerBy, status, interval }) => [triggerBy, status, interval?.start]),
      ['28', '29', '30'].map((day) => ['schedule', 'PENDING', `2026-03-${day}`]),
    );
    const [schedule] = await open().schedules.listSchedules(acme);
    assert.deepEqual(schedule?.last, {
      dueAt: new Date('2026-03-30T00:30:00.000Z'),
      runId: made.at(-1)?.runId,
      failure: null,
      missedSince: null,
    });
    assert.deepEqual(schedule?.nextAt, new Date('2026-03-31T00:30:00.000Z'));
  });

  test('a run with more sources than the plan has is recorded with that reason', async () => {
    await tenants().createTenant({ tenantId: 'small', plan: 'starter' });
    write('daily', DAILY, 'small');
    for (let nr = 1; nr <= 10; nr++) configs.write('small', `sources/s${nr}.yml`, SOURCE);
    await sync();
    await goTo('2026-03-28T01:30:00.000Z');
    assert.deepEqual(await fire(), { started: 0, refused: 1, missed: 0 });
    const [run] = await listRuns(tenantScope('small'));
    assert.deepEqual([run?.status, run?.failure?.code], ['FAILED', 'quota_exceeded']);
    assert.equal(run?.failure?.message, 'The plan allows 10 sources, and there are 11.');
  });

  test('many schedulers at the same moment start each run once', async () => {
    const ids = Array.from({ length: 8 }, (_, nr) => `tenant_${nr}`);
    for (const tenantId of ids) {
      await tenants().createTenant({ tenantId, plan: 'enterprise' });
      for (let nr = 0; nr < 5; nr++) write(`p${nr}`, 'cron: "0 * * * *", missed: all', tenantId);
    }
    await sync();
    await clock.advance(3 * HOUR_MS);
    const others = await Promise.all(
      [1, 2, 3].map(() => openControlDatabase({ databaseUrl: server.url, dataDir: '' })),
    );
    const fired = await Promise.all(
      [database, ...others].flatMap((on) => [fireDue(open(on)), fireDue(open(on))]),
    );
    await Promise.all(others.map((other) => other.close()));
    assert.deepEqual(
      fired.flatMap(({ problems }) => problems),
      [],
    );
    const rest = await fire();
    assert.equal(
      fired.reduce((sum, { started }) => sum + started, rest.started),
      8 * 5 * 3,
    );
    for (const tenantId of ids) assert.equal((await listRuns(tenantScope(tenantId))).length, 15);
  });

  test('what could not start is a run with its reason', async () => {
    write('a', 'cron: "0 * * * *"');
    write('b', 'cron: "0 * * * *"');
    write('c', 'cron: "0 * * * *"');
    configs.write(
      'acme',
      'pipelines/c.yml',
      `${pipeline('c', 'cron: "0 * * * *"')}parameters: { day: null }\n`,
    );
    await sync();
    configs.write('acme', 'pipelines/a.yml', 'pipeline_id: a\nsteps: [{ name: load }]\n');
    configs.write('acme', 'pipelines/b.yml', null);
    await clock.advance(HOUR_MS);
    assert.deepEqual(await fire(), { started: 0, refused: 3, missed: 0 });
    await sync();
    await tenants().suspendTenant('acme', 'finish');
    write('a', 'cron: "0 * * * *"');
    await clock.advance(HOUR_MS);
    assert.deepEqual(await fire(), { started: 0, refused: 2, missed: 0 });
    const made = await listRuns();
    assert.deepEqual(
      made.map((run) => `${run.pipelineId} ${run.status} ${run.failure?.code}`).toSorted(),
      [
        'a FAILED config_invalid',
        'a FAILED tenant_suspended',
        'b FAILED pipeline_absent',
        'c FAILED parameter_invalid',
        'c FAILED parameter_invalid',
      ],
    );
  });

  test('a quota that is used up refuses the run', async () => {
    await tenants().updateTenant('acme', { plan: 'starter' });
    const request = { pipelineId: 'x', triggerBy: 't', parameters: {} };
    for (let nr = 0; nr < 50; nr++) await runs().admitRun(acme, request);
    write('a', 'cron: "0 * * * *"');
    await sync();
    await clock.advance(HOUR_MS);
    assert.deepEqual(await fire(), { started: 0, refused: 1, missed: 0 });
    assert.equal((await listRuns()).at(-1)?.failure?.code, 'quota_exceeded');
  });

  test('after an outage moments are made up for as their schedules say', async () => {
    for (const missed of ['none', 'last', 'all'])
      write(missed, `cron: "0 * * * *", missed: ${missed}`);
    await sync();
    await clock.advance(3.5 * HOUR_MS);
    assert.deepEqual(await fire(), { started: 4, refused: 0, missed: 1 });
    const made = await listRuns();
    assert.deepEqual(made.map((run) => run.pipelineId).toSorted(), ['all', 'all', 'all', 'last']);
    const states = await open().schedules.listSchedules(acme);
    const none = states.find(({ pipelineId }) => pipelineId === 'none');
    assert.deepEqual(
      [none?.last?.runId, none?.last?.failure?.code, none?.last?.missedSince],
      [null, 'schedule_missed', new Date('2026-03-27T13:00:00.000Z')],
    );
  });

  test('a disabled schedule stays so, also when its file goes and comes back', async () => {
    write('a', 'cron: "0 * * * *"');
    await sync();
    const { schedules } = open();
    const disable = { isEnabled: false, by: 'kim' };
    await schedules.setEnabled(acme, 'a', disable);
    await schedules.setEnabled(acme, 'a', { ...disable, by: 'jo' });
    await clock.advance(2 * HOUR_MS);
    assert.deepEqual(await fire(), { started: 0, refused: 0, missed: 0 });
    configs.write('acme', 'pipelines/a.yml', null);
    await sync();
    assert.deepEqual(await schedules.listSchedules(acme), []);
    await assert.rejects(schedules.setEnabled(acme, 'a', disable), { code: 'schedule_absent' });
    write('a', 'cron: "0 * * * *"');
    await sync();
    const [state] = await schedules.listSchedules(acme);
    assert.deepEqual([state?.disabledBy, state?.nextAt], ['kim', null]);
    await schedules.setEnabled(acme, 'a', { isEnabled: true, by: 'kim' });
    assert.deepEqual(await fire(), { started: 0, refused: 0, missed: 0 });
    await clock.advance(HOUR_MS);
    assert.deepEqual(await fire(), { started: 1, refused: 0, missed: 0 });
  });

  test('a schedule whose times change begins anew; one whose file breaks goes on', async () => {
    write('a', 'cron: "0 14 * * *"');
    await sync();
    await clock.advance(HOUR_MS);
    write('a', 'cron: "30 12 * * *"');
    await sync();
    assert.deepEqual(await fire(), { started: 0, refused: 0, missed: 0 });
    const nextAt = new Date('2026-03-28T12:30:00.000Z');
    assert.deepEqual(await open().schedules.readNextDue(), nextAt);
    for (const broken of ['pipeline_id: a\nschedule: { cron: "0 0 30 2 *" }\n', ': {', '[1, 2]']) {
      configs.write('acme', 'pipelines/a.yml', broken);
      await sync();
      assert.deepEqual(await open().schedules.readNextDue(), nextAt, broken);
    }
  });

  test('a tenant sees its own schedules, and removing it removes them', async () => {
    write('a', 'cron: "0 * * * *"');
    await sync();
    await tenants().createTenant({ tenantId: 'globex' });
    const { schedules } = open();
    assert.deepEqual(await schedules.listSchedules(tenantScope('globex')), []);
    const change = { isEnabled: false, by: 'them' };
    await assert.rejects(schedules.setEnabled(tenantScope('globex'), 'a', change), {
      code: 'schedule_absent',
    });
    await tenants().deleteTenant('acme');
    assert.equal(await schedules.readNextDue(), null);
  });
});
