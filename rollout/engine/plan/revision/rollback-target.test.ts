import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Have } from '../have.ts';
import { QUARANTINE } from '../marks.ts';
import { haveOf, revisionOf } from '../plan.fake.ts';
import { chooseRollbackTarget, rollbackCandidates } from './rollback-target.ts';
import type { PastRollout, RollbackFacts } from './rollback-target.ts';

const revisions = [1, 2, 3, 4, 5].map((day) => revisionOf(`api-${day}`, day));
const nothingKnown: RollbackFacts = { history: [], leaving: null };

/** A rollout that ended on the day of its revision. */
function past(day: number, stable: number | null, outcome: PastRollout['outcome']): PastRollout {
  const at = `2026-01-0${day}T12:00:00Z`;
  return { revision: `api-${day}`, stable: stable === null ? null : `api-${stable}`, outcome, at };
}

const cases: [string, Have, RollbackFacts, string | null][] = [
  [
    'in the middle of a rollout, what serves beside the canary',
    haveOf(revisions, [
      { revision: 'api-5', percent: 10 },
      { revision: 'api-2', percent: 90 },
    ]),
    { history: [], leaving: 'api-5' },
    'api-2',
  ],
  [
    'after 100 %, what the journal says was there before',
    haveOf(revisions, [{ revision: 'api-5', percent: 100 }]),
    { history: [past(5, 2, 'promoted')], leaving: null },
    'api-2',
  ],
  [
    'the last one promoted, not the newest made',
    haveOf(revisions, [{ revision: 'api-5', percent: 100 }]),
    {
      history: [past(3, 1, 'promoted'), past(1, null, 'promoted'), past(4, 3, 'rolledBack')],
      leaving: null,
    },
    'api-3',
  ],
  [
    'without a journal, the newest before what serves',
    haveOf(revisions, [{ revision: 'api-4', percent: 100 }]),
    nothingKnown,
    'api-3',
  ],
  [
    'never one that only a tag points to',
    haveOf(revisions, [
      { revision: 'api-4', percent: 100 },
      { revision: 'api-3', percent: 0, tag: 'try' },
    ]),
    nothingKnown,
    'api-2',
  ],
  [
    'a tag is no hindrance for one that is known to have served',
    haveOf(revisions, [
      { revision: 'api-4', percent: 100 },
      { revision: 'api-3', percent: 0, tag: 'v-3' },
    ]),
    { history: [past(4, 3, 'promoted')], leaving: null },
    'api-3',
  ],
  [
    'never a quarantined one',
    haveOf(revisions, [{ revision: 'api-4', percent: 100 }], {
      annotations: { [QUARANTINE]: '[{"revision":"api-3","why":"errors","at":"T"}]' },
    }),
    { history: [past(4, 3, 'promoted')], leaving: null },
    'api-2',
  ],
  [
    'never one that failed or is not ready',
    haveOf(
      [
        revisionOf('api-1', 1),
        revisionOf('api-2', 2, { state: 'failed' }),
        revisionOf('api-3', 3, { state: 'pending' }),
        revisionOf('api-4', 4),
      ],
      [{ revision: 'api-4', percent: 100 }],
    ),
    nothingKnown,
    'api-1',
  ],
  [
    'LATEST is left for the one before it',
    haveOf(revisions, [{ revision: null, percent: 100 }]),
    nothingKnown,
    'api-4',
  ],
  [
    'nowhere to go',
    haveOf([revisionOf('api-1', 1)], [{ revision: 'api-1', percent: 100 }]),
    nothingKnown,
    null,
  ],
];
for (const [name, have, facts, expected] of cases) {
  test(name, () => assert.equal(chooseRollbackTarget(have, facts), expected));
}

test('the list says of each revision why it cannot be returned to', () => {
  const have = haveOf(
    [
      revisionOf('api-1', 1, { state: 'failed', message: 'no port' }),
      revisionOf('api-2', 2),
      revisionOf('api-3', 3),
      revisionOf('api-4', 4),
      revisionOf('api-5', 5),
    ],
    [
      { revision: 'api-3', percent: 100 },
      { revision: 'api-2', percent: 0, tag: 'try' },
    ],
  );
  const facts = { history: [past(4, 3, 'rolledBack')], leaving: null };
  const unfit = rollbackCandidates(have, facts).map((one) => [
    one.revision,
    one.percent,
    one.unfit,
  ]);
  assert.deepEqual(unfit, [
    ['api-5', 0, 'it is newer than what serves, and nobody knows that it ever served'],
    ['api-4', 0, 'its rollout ended as rolledBack'],
    ['api-3', 100, 'it is the one to be left'],
    ['api-2', 0, 'only a tag points to it, and nobody knows that it ever served'],
    ['api-1', 0, 'it failed: no port'],
  ]);
});
