import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { executeRun } from '../convergence/engine/run/execute/execute-run.ts';
import type { Claim } from '../convergence/engine/run/run-queue.ts';
import { CrashBench } from './support/crash-bench.ts';
import { openJourney } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { assertSame, takeSnapshot } from './support/snapshot.ts';
import { watchCalls } from './support/watch-calls.ts';
import type { OnCall } from './support/watch-calls.ts';

let bench: CrashBench;
before(async () => {
  bench = await CrashBench.open();
});
after(() => bench.close());

const NEVER = new AbortController().signal;

/** Where a worker stands still while its lease ends and another one does the whole run. */
const PAUSES = [
  'before queue.startStep 1',
  'after rest.extract 1',
  'before dataset.stage 2',
  'after dataset.stage 1',
  'before dataset.publish 2',
  'after dataset.publish 1',
  'before dataset.buildModel 2',
  'before queue.finishStep 2',
  'before parts.discardRun 1',
  'before queue.finishRun 1',
] as const;

for (const point of PAUSES) {
  test(`a worker that lost its lease ${point} changes nothing`, async () => {
    const expected = await bench.expected(2);
    await withJourney(async (journey, folder) => {
      const pause = pauseAt(point);
      const slow = executeRun(await claim(journey), NEVER, watchCalls(journey.deps, pause.onCall));
      await pause.reached;
      await executeRun(await claim(journey), NEVER, journey.deps);
      pause.goOn();
      await slow;
      assertSame(await takeSnapshot(journey, folder), expected);
    });
  });
}

test('two workers between publishes: the older one cannot publish what the newer one staged', async () => {
  const expected = await bench.expected(2);
  await withJourney(async (journey, folder) => {
    const slow = pauseAt('before dataset.publish 1');
    const older = executeRun(await claim(journey), NEVER, watchCalls(journey.deps, slow.onCall));
    await slow.reached;
    const quick = pauseAt('before dataset.publish 1');
    const newer = executeRun(await claim(journey), NEVER, watchCalls(journey.deps, quick.onCall));
    await quick.reached;
    slow.goOn();
    await older;
    quick.goOn();
    await newer;
    assertSame(await takeSnapshot(journey, folder), expected);
  });
});

test('a page that comes late to a worker without lease stays out of the parts', async () => {
  const expected = await bench.expected(1);
  await withJourney(async (journey, folder) => {
    const late = holdPage('/orders', 3);
    bench.shop.intercept = late.intercept;
    const older = executeRun(await claim(journey), NEVER, journey.deps);
    await late.reached;
    const next = holdPage('/orders', 5);
    bench.shop.intercept = next.intercept;
    const newer = executeRun(await claim(journey), NEVER, journey.deps);
    await next.reached;
    late.goOn();
    await older;
    next.goOn();
    await newer;
    assertSame(await takeSnapshot(journey, folder), expected);
  }, 1);
});

async function withJourney(
  work: (journey: Journey, folder: string) => Promise<void>,
  day: 1 | 2 = 2,
): Promise<void> {
  const folder = await bench.folder(day);
  const journey = await openJourney({ folder });
  try {
    await work(journey, folder);
  } finally {
    await journey.close();
  }
}

/** Takes the run with a lease that ends at once, from whoever had it. */
async function claim({ deps: { queue } }: Journey): Promise<Claim> {
  await queue.reapOrphans(10);
  const [claim] = await queue.claimRuns('worker', { limit: 1, leaseMs: 0 });
  assert.ok(claim);
  return claim;
}

interface Pause {
  readonly reached: Promise<void>;
  goOn(): void;
}

function pauseAt(point: string): Pause & { onCall: OnCall } {
  const [when, target, nth] = point.split(' ');
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  async function stand(afterwards: boolean, perform: () => unknown): Promise<unknown> {
    const done = afterwards ? await perform() : undefined;
    reached.resolve();
    await gate.promise;
    return afterwards ? done : perform();
  }
  return {
    reached: reached.promise,
    goOn: gate.resolve,
    onCall: (call, perform) => {
      if (call !== target || ++calls !== Number(nth)) return perform();
      return stand(when === 'after', perform);
    },
  };
}

/** The first answer to a page waits; later ones do not. */
function holdPage(
  path: string,
  page: number,
): Pause & { intercept: CrashBench['shop']['intercept'] } {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let held = false;
  return {
    reached: reached.promise,
    goOn: gate.resolve,
    intercept: async (request) => {
      if (held || request.path !== path || request.page !== page) return null;
      held = true;
      reached.resolve();
      await gate.promise;
      return null;
    },
  };
}
