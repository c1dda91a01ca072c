import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createLog } from 'base/log.ts';
import { fail } from '../../engine/error-codes.ts';
import { DEFAULT_PLANS } from '../../engine/tenant/plan/plan.ts';
import { PlanFile } from './plan-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'convergence-plans-'));
after(() => rm(folder, { recursive: true }));
const path = join(folder, 'plans.yml');
const example = await readFile(
  join(import.meta.dirname, '../../../docs/reference/plans.yml'),
  'utf8',
);

function depsOf() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'info', clock, destination });
  return { clock, log, lines, accept: async () => {} };
}

test('without a file the default plans hold', async () => {
  const file = await PlanFile.open(undefined, depsOf());
  assert.deepEqual(await file.read(), DEFAULT_PLANS);
});

test('a file that is not there, or has mistakes, is an error at start', async () => {
  const nowhere = PlanFile.open(join(folder, 'none.yml'), depsOf());
  await assert.rejects(nowhere, { code: 'settings_invalid', message: /is not there$/ });
  await writeFile(path, 'plans: 5');
  await assert.rejects(PlanFile.open(path, depsOf()), { code: 'plans_invalid' });
  await writeFile(path, example);
  const accept = async () => {
    throw fail('plan_in_use', 'no');
  };
  await assert.rejects(PlanFile.open(path, { ...depsOf(), accept }), { code: 'plan_in_use' });
});

test('a change is in force within a second; a mistake is told once and changes nothing', async () => {
  await writeFile(path, example);
  const deps = depsOf();
  const file = await PlanFile.open(path, deps);
  assert.deepEqual(await file.read(), DEFAULT_PLANS);

  const larger = { ...DEFAULT_PLANS, starter: { ...DEFAULT_PLANS.starter, runsPerDay: 5_000 } };
  await writeFile(path, example.replace('runs_per_day: 50 ', 'runs_per_day: 5000 '));
  assert.deepEqual(await file.read(), DEFAULT_PLANS);
  await deps.clock.advance(1_000);
  assert.deepEqual(await file.read(), larger);

  await writeFile(path, example.replace('runs_per_day: 50 ', 'runs_per_day: lots '));
  for (let nr = 0; nr < 3; nr++) {
    await deps.clock.advance(1_000);
    assert.deepEqual(await file.read(), larger);
  }
  assert.match(String(file.problem), /plans\.yml:6:19: 'runs_per_day' is 'lots'/);
  assert.deepEqual(
    deps.lines.map((line) => (JSON.parse(line) as { severity: string }).severity),
    ['INFO', 'ERROR'],
  );

  await writeFile(path, example);
  await deps.clock.advance(1_000);
  assert.deepEqual([await file.read(), file.problem], [DEFAULT_PLANS, null]);
});
