import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrafficTarget } from '../have.ts';
import { revisionOf } from '../plan.fake.ts';
import { pinTraffic } from './pin-traffic.ts';

/** The newest, `c`, is not ready, so LATEST is `b`. */
const revisions = [revisionOf('c', 3, { state: 'failed' }), revisionOf('b', 2), revisionOf('a', 1)];

const cases: [string, TrafficTarget[], TrafficTarget[]][] = [
  ['nothing at all follows LATEST', [], [{ revision: 'b', percent: 100 }]],
  [
    'LATEST and the same revision by name become one',
    [
      { revision: null, percent: 70 },
      { revision: 'b', percent: 30 },
    ],
    [{ revision: 'b', percent: 100 }],
  ],
  [
    'tags on LATEST are pinned with it',
    [
      { revision: 'a', percent: 100 },
      { revision: null, percent: 0, tag: 'next' },
    ],
    [
      { revision: 'a', percent: 100 },
      { revision: 'b', percent: 0, tag: 'next' },
    ],
  ],
  [
    'an entry that neither serves nor has a tag goes',
    [
      { revision: 'a', percent: 100 },
      { revision: 'b', percent: 0 },
    ],
    [{ revision: 'a', percent: 100 }],
  ],
  [
    'a service whose only entry is a tag serves LATEST',
    [{ revision: 'a', percent: 0, tag: 'green' }],
    [
      { revision: 'b', percent: 100 },
      { revision: 'a', percent: 0, tag: 'green' },
    ],
  ],
  [
    'what does not sum to 100 does',
    [
      { revision: 'a', percent: 33 },
      { revision: 'b', percent: 33 },
      { revision: 'c', percent: 33 },
    ],
    [
      { revision: 'a', percent: 34 },
      { revision: 'b', percent: 33 },
      { revision: 'c', percent: 33 },
    ],
  ],
];
for (const [name, traffic, expected] of cases) {
  test(name, () => assert.deepEqual(pinTraffic({ traffic, revisions }), expected));
}

test('where no revision is ready nothing can be pinned', () => {
  const [failed] = revisions;
  assert.equal(pinTraffic({ traffic: [], revisions: failed ? [failed] : [] }), null);
});
