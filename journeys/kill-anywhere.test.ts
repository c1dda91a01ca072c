import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CrashBench } from './support/crash-bench.ts';
import { assertSame } from './support/snapshot.ts';

/** Milliseconds after a publish began at which its process dies; a publish here takes 5 to 30. */
const RANDOM_MS = [1, 7, 13].map((seed) => (seed * 7919) % 23);

/** What the run of a day lives through; calls are counted anew in each process. */
const LIVES: readonly { name: string; day: 1 | 2; points: readonly string[] }[] = [
  {
    name: 'before the first row',
    day: 2,
    points: [
      'after queue.claimRuns',
      'before queue.startStep',
      'after queue.startStep',
      'after rest.extract',
    ],
  },
  {
    name: 'between pages, and in the middle of one',
    day: 1,
    points: ['asked /orders 3', 'half /orders 4', 'asked /events 2', 'half /stores/3/visits 1'],
  },
  {
    name: 'while the first table of a database is made',
    day: 1,
    points: [
      'after dataset.stage',
      'during dataset.publish 1',
      'after dataset.publish 2',
      'during dataset.buildModel 2 1ms',
    ],
  },
  {
    name: 'around a publish into tables that are there',
    day: 2,
    points: [
      'during dataset.stage 1 5ms',
      'before dataset.publish',
      'during dataset.publish',
      'after dataset.publish',
    ],
  },
  {
    name: 'at any moment of a publish',
    day: 2,
    points: RANDOM_MS.map((delayMs) => `during dataset.publish 1 ${delayMs}ms`),
  },
  {
    name: 'between the count of a load and its publish',
    day: 2,
    points: [
      'before quota.countLoad',
      'after quota.countLoad',
      'after quota.countLoad 2',
      'after dataset.publish',
    ],
  },
  {
    name: 'between parents and their children',
    day: 2,
    points: [
      'after rest.extract 3',
      'after rest.extract 2',
      'after dataset.publish',
      'after rest.extract',
    ],
  },
  {
    name: 'around the states of steps',
    day: 2,
    points: [
      'after queue.finishStep',
      'before queue.finishStep',
      'before queue.finishStep 2',
      'after queue.finishStep',
    ],
  },
  {
    name: 'around and during models',
    day: 2,
    points: [
      'during dataset.buildModel',
      'during dataset.buildModel 2 2ms',
      'after dataset.buildModel 2',
      'before queue.finishStep',
    ],
  },
  {
    name: 'around the end of the run',
    day: 2,
    points: [
      'before parts.discardRun',
      'after parts.discardRun',
      'before queue.finishRun',
      'after queue.finishRun',
    ],
  },
];

let bench: CrashBench;
before(async () => {
  bench = await CrashBench.open();
});
after(() => bench.close());

for (const { name, day, points } of LIVES) {
  test(`killed ${name}, day ${day}: nothing is lost or doubled`, async () => {
    const expected = await bench.expected(day);
    const folder = await bench.folder(day);
    for (const point of points) assert.equal(await bench.crash(folder, point), 'SIGKILL', point);
    assertSame(await bench.finish(folder), expected);
  });
}

test('pages that were fetched before a crash are not fetched again', async () => {
  await bench.finish(await bench.folder(2));
  const calm = [...bench.shop.requests];
  const folder = await bench.folder(2);
  await bench.crash(folder, 'asked /events 3');
  await bench.crash(folder, 'after rest.extract 2');
  await bench.finish(folder);
  const twice = [...bench.shop.requests];
  for (const url of calm) twice.splice(twice.indexOf(url), 1);
  // The page that was asked for when the first process died, and the one that it was writing then.
  const underWay = calm.filter((url) => /^\/events.*page=[23]/.test(url));
  assert.deepEqual(
    twice.filter((url) => !underWay.includes(url)),
    [],
  );
  assert.ok(twice.length <= 2, String(twice));
});
