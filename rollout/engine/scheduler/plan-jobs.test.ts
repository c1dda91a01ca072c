import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadRolloutFile } from '../service/load-rollout-file.ts';
import { planJobs } from './plan-jobs.ts';
import { ownMark, secretNames, wantJobs } from './want-jobs.ts';

const ref = { project: 'acme-staging', region: 'europe-west1', service: 'convergence' };
const shipped = join(import.meta.dirname, '../../../deployment/rollout.yaml');
const { file, problems } = loadRolloutFile(readFileSync(shipped, 'utf8'));
const calls = file?.services[0]?.environments.staging?.scheduler ?? {};
const key = 'projects/acme-staging/secrets/convergence-admin-key/versions/latest';
const known = { ref, url: 'https://convergence.run.app', secrets: new Map([[key, 'the key']]) };
const wanted = wantJobs(calls, known);

test('the jobs that Convergence is shipped with', () => {
  assert.deepEqual(problems, []);
  assert.deepEqual(secretNames(calls, ref), [key]);
  assert.deepEqual(
    wanted.map(({ name, schedule, url }) => [name, schedule, url.slice(known.url.length)]),
    [
      ['convergence-daily-quota-reset', '0 0 * * *', '/api/v1/scheduler/reset-daily-quotas'],
      ['convergence-pipeline-trigger', '*/5 * * * *', '/api/v1/scheduler/trigger'],
      [
        'convergence-orphan-cleanup',
        '*/15 * * * *',
        '/api/v1/scheduler/cleanup-orphaned-pipelines',
      ],
    ],
  );
  assert.deepEqual(wanted[0], {
    name: 'convergence-daily-quota-reset',
    description: 'Declared in rollout.yaml of convergence',
    schedule: '0 0 * * *',
    zone: 'Etc/UTC',
    url: 'https://convergence.run.app/api/v1/scheduler/reset-daily-quotas',
    method: 'POST',
    headers: { 'X-Admin-Key': 'the key' },
    body: null,
    oidc: null,
    retries: 3,
    backoff: { fromMs: 10_000, toMs: 300_000, doublings: 5 },
    deadlineMs: 300_000,
  });
});

test('only what differs is written, and what nobody declares any more is told', () => {
  const found = wanted.map((job) => ({ job, isPaused: false }));
  const [reset, trigger, cleanup] = found;
  assert.ok(reset && trigger && cleanup);
  const changed = {
    job: { ...trigger.job, headers: { 'X-Admin-Key': 'old', 'X-More': '1' }, retries: 5 },
    isPaused: true,
  };
  const old = { job: { ...cleanup.job, name: 'convergence-old' }, isPaused: false };
  const foreign = { job: { ...cleanup.job, name: 'x', description: 'by hand' }, isPaused: false };
  assert.deepEqual(planJobs(wanted, [reset, changed, old, foreign], ownMark(ref)), {
    changes: [
      { change: 'unchanged', job: reset.job, differs: [], isPaused: false },
      {
        change: 'update',
        job: trigger.job,
        differs: ['retries', 'header X-Admin-Key', 'header X-More'],
        isPaused: true,
      },
      { change: 'create', job: cleanup.job, differs: [], isPaused: false },
    ],
    undeclared: ['convergence-old'],
  });
});
