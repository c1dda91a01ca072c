import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Have } from '../have.ts';
import { haveOf, revisionOf } from '../plan.fake.ts';
import { diagnoseTraffic } from './diagnose-traffic.ts';

const revisions = [revisionOf('api-1', 1), revisionOf('api-2', 2)];
const ours = [{ revision: 'api-2', percent: 100, tag: 'v-2' }];

function changedWith(client: string): Partial<Have> {
  return { changedBy: { who: 'bob@acme.example', client, at: '2026-01-21T00:00:00Z' } };
}

/** `code: message`, with the hint on a line of its own. */
function textOf(have: Have): string[] {
  return diagnoseTraffic(have).flatMap(({ code, message, hint }) => [
    `${code}: ${message}`,
    ...(hint ? [`  ${hint}`] : []),
  ]);
}

test('a pin explains why what others deploy gets nothing', () => {
  assert.deepEqual(textOf(haveOf(revisions, ours)), [
    'pinned: traffic is pinned to api-2 100 %: a revision that is deployed by other means gets none',
  ]);
});

test('LATEST, a split, and tags of others', () => {
  const have = haveOf(revisions, [
    { revision: null, percent: 80 },
    { revision: 'api-1', percent: 20 },
    { revision: 'api-1', percent: 0, tag: 'green' },
  ]);
  assert.deepEqual(textOf(have), [
    'follows_latest: traffic follows LATEST: each new revision gets it at once',
    '  a rollout pins it first; by hand: gcloud run services update-traffic api --to-revisions=api-1=20,REVISION=80 --region=europe-west1 --project=acme',
    "tag_only: the tag 'green' points to api-1, which gets no traffic by it: it is kept, and never returned to",
  ]);
  const split = haveOf(revisions, [
    { revision: 'api-1', percent: 50 },
    { revision: 'api-2', percent: 50 },
  ]);
  assert.deepEqual(
    diagnoseTraffic(split).map(({ code }) => code),
    ['split'],
  );
});

test('session affinity', () => {
  const have = haveOf(revisions, ours, { sessionAffinity: true });
  assert.deepEqual(
    diagnoseTraffic(have).map(({ code }) => code),
    ['pinned', 'session_affinity'],
  );
});

test('traffic that is asked for and not in force', () => {
  const have = haveOf(revisions, ours, { served: [], state: 'failed', message: 'api-2 is gone' });
  assert.equal(
    textOf(have)[1],
    'not_in_force: the traffic that was asked for is not in force: api-2 is gone',
  );
});

test('another writer since our last write, with what his tool needs', () => {
  const found = ['gcloud', 'cloud-console', '', 'terraform'].map((client) =>
    textOf(haveOf(revisions, ours, changedWith(client))).slice(1),
  );
  const undone =
    '  nothing of it is undone; `rollout plan` shows what the next rollout makes of it';
  const ignored =
    '  so that Terraform leaves releases alone: lifecycle { ignore_changes = [template, traffic, annotations, client, client_version] } in google_cloud_run_v2_service';
  const changed = (tool: string) =>
    `other_writer: bob@acme.example changed the service since our last write, with ${tool} at 2026-01-21T00:00:00Z`;
  assert.deepEqual(found, [
    [changed('gcloud'), undone],
    [changed('the console'), undone],
    [changed('a client that gives no name, as Terraform does'), ignored],
    [changed('terraform'), ignored],
  ]);
});

test('a service that we never wrote to has no other writers', () => {
  const have = haveOf(revisions, [{ revision: 'api-1', percent: 100 }], changedWith('gcloud'));
  assert.deepEqual(
    diagnoseTraffic(have).map(({ code }) => code),
    ['pinned'],
  );
});
