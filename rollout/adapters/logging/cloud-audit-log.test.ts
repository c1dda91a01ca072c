import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { FakeJournalStore } from '../../engine/apply/journal-store.fake.ts';
import { AuditedJournal } from '../../engine/report/audited-journal.ts';
import type { Entry } from '../../engine/rollout/entry.ts';
import { grpcOptions } from '../google/grpc-options.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import type { LocalCloudFake } from '../google/local-cloud.fake.ts';
import { CloudAuditLog } from './cloud-audit-log.ts';

const ref = { project: 'local', region: 'europe-west1', service: 'shop' };
const place = { ref, rolloutId: 'r-1' };
const at = '2026-01-02T03:04:05.678Z';

let cloud: LocalCloudFake;
before(async () => {
  cloud = await startLocalCloud();
});
after(() => cloud.close());

function openJournal(endpoint: string, lost: string[] = []): AuditedJournal {
  const options = async () => ({ ...(await grpcOptions(endpoint)) });
  const onLost = (why: string) => void lost.push(why);
  const log = new CloudAuditLog({ grpcOptions: options, clock: systemClock, onLost });
  return new AuditedJournal(new FakeJournalStore(), log);
}

const plan = { revision: 'shop-2', stable: 'shop-1', environment: { secrets: 'none of this' } };
const traffic = [{ revision: 'shop-1', percent: 100 }];
const begun = {
  kind: 'begun',
  at,
  id: 'r-1',
  who: 'ann@laptop',
  traffic,
  request: {
    plan,
    release: null,
    strategy: null,
    health: null,
    reason: 'too slow',
    breaksLock: false,
  },
} as unknown as Entry;
const entries: Entry[] = [
  begun,
  { kind: 'alive', at, runner: 'x' },
  {
    kind: 'intent',
    at,
    purpose: 'step',
    effect: { kind: 'moveTraffic', traffic: [{ revision: 'shop-2', percent: 10 }] },
    etag: 'e',
    deadlineAt: at,
  },
  { kind: 'commanded', at, who: 'bob@laptop', command: { name: 'approve' } },
  { kind: 'ended', at, outcome: 'rolledBack', why: 'errors x5' },
];

interface Listed {
  readonly entries: readonly {
    readonly insertId: string;
    readonly severity: string;
    readonly timestamp: string;
    readonly labels: object;
    readonly resource: { readonly labels: object };
    readonly jsonPayload: Readonly<Record<string, unknown>>;
  }[];
}

test('what somebody did is in Cloud Logging, once, and finds itself by a filter', async () => {
  for (let time = 0; time < 2; time++) {
    const journal = openJournal(cloud.grpc);
    for (const [number, entry] of entries.entries()) await journal.append(place, number, entry);
    await journal.close();
  }
  const response = await fetch(`${cloud.rest}/v2/entries:list`, {
    method: 'POST',
    body: JSON.stringify({
      resourceNames: ['projects/local'],
      filter: 'log_id("rollout-audit") resource.labels.service_name=shop labels.rollout="r-1"',
    }),
  });
  const { entries: found } = (await response.json()) as Listed;
  assert.deepEqual(
    found.map(({ insertId, severity, jsonPayload }) => [
      insertId,
      severity,
      jsonPayload['message'],
    ]),
    [
      ['r-1-0', 'NOTICE', 'shop: rollout r-1 of shop-2 begun by ann@laptop'],
      ['r-1-2', 'NOTICE', 'shop: rollout r-1: intent'],
      ['r-1-3', 'NOTICE', 'shop: rollout r-1: bob@laptop says approve'],
      ['r-1-4', 'ERROR', 'shop: rollout r-1 ended rolledBack: errors x5'],
    ],
  );
  const { message: _, ...payload } = found[0]?.jsonPayload ?? {};
  assert.deepEqual(payload, {
    id: 'r-1',
    who: 'ann@laptop',
    revision: 'shop-2',
    stable: 'shop-1',
    reason: 'too slow',
    traffic: [{ revision: 'shop-1', percent: 100 }],
  });
  assert.deepEqual(
    [found[0]?.timestamp, found[0]?.labels],
    [at, { rollout: 'r-1', kind: 'begun' }],
  );
  assert.deepEqual(found[1]?.jsonPayload['traffic'], [{ revision: 'shop-2', percent: 10 }]);
});

test('a log that nobody takes holds up nothing, and is told once', async () => {
  const lost: string[] = [];
  const journal = openJournal('127.0.0.1:1', lost);
  const sinceMs = performance.now();
  for (const [number, entry] of entries.entries())
    assert.equal(await journal.append(place, number, entry), true);
  assert.ok(performance.now() - sinceMs < 1_000);
  assert.equal((await journal.read(place)).length, entries.length);
  await journal.close();
  assert.ok(performance.now() - sinceMs < 8_000);
  assert.equal(lost.length, 1);
});

test('an entry that another writer was first with is none of ours', async () => {
  const journal = new FakeJournalStore();
  const written: string[] = [];
  const audit = { write: ({ id }: { id: string }) => void written.push(id), close: async () => {} };
  const audited = new AuditedJournal(journal, audit);
  await journal.append(place, 0, begun);
  assert.equal(await audited.append(place, 0, { ...begun, at: '2026-01-02T03:04:06.000Z' }), false);
  assert.equal(await audited.append(place, 0, begun), true);
  assert.deepEqual(written, ['r-1-0']);
});
