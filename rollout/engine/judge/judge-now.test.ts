import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeNow } from './judge-now.ts';
import { startJudge, startStep } from './judge-state.ts';
import type { JudgedStep, JudgeState, SequentialPolicy, ThresholdsPolicy } from './judge-state.ts';
import { observeTick } from './observe-tick.ts';
import type { JudgePolicy } from '../service/rollout-spec.ts';
import type { Arm, Tick } from './tick.ts';
import type { Verdict } from './verdict/verdict.ts';

const SEQUENTIAL: SequentialPolicy = {
  kind: 'sequential',
  alpha: 0.01,
  beta: 0.05,
  margin: 1,
  weights: { errors: 0.5, latency: 0.5 },
  metrics: {},
  soakMs: 300_000,
  tickMs: 5_000,
};
const THRESHOLDS: ThresholdsPolicy = {
  kind: 'thresholds',
  errorRate: 0.01,
  p95Ms: 500,
  p99Ms: null,
  minRequests: 100,
  maxErrors: null,
  tickMs: 60_000,
};
const STEP: JudgedStep = { traffic: 10, maxErrors: null };
const BOUNDS_MS = [50, 100, 200, 400, 800];
const USUAL = [0.3, 0.3, 0.2, 0.1, 0.08, 0.02];
const SLOW = [0.15, 0.25, 0.2, 0.2, 0.15, 0.05];
const GOING_ON = { stepEnded: false, sourceProblem: null };
const ENDED = { stepEnded: true, sourceProblem: null };

function arm(requests: number, errors: number, shares = USUAL): Arm {
  let left = requests;
  const counts = shares.map((share) => Math.round(share * requests));
  for (const count of counts.slice(1)) left -= count;
  return { requests, errors, latency: { boundsMs: BOUNDS_MS, counts: [left, ...counts.slice(1)] } };
}

function tick(canary: Arm | null, stable: Arm | null, seconds = 5): Tick {
  return { startAt: '2026-01-01T00:00:00.000Z', seconds, canary, stable };
}

/** The judge after `count` ticks that are alike. */
function after(state: JudgeState, count: number, one: Tick): JudgeState {
  return Array.from({ length: count }, () => one).reduce(observeTick, state);
}

const begun = (policy: JudgePolicy = SEQUENTIAL, step = STEP) =>
  startStep(startJudge(policy, 180), step);
const told = ({ kind, hold, reason }: Verdict) => ({ kind, hold, reason });

describe('harm', () => {
  test('errors of the canary alone are found, and told with the numbers of both', () => {
    const state = after(begun(), 3, tick(arm(10, 2), arm(90, 0)));
    assert.deepEqual(told(judgeNow(state, GOING_ON)), {
      kind: 'FAIL',
      hold: null,
      reason:
        'The new revision failed 6 of 30 requests (20 %), the present one 0 of 270 requests (0 %); by chance alone that happens in at most one of 19,000 rollouts.',
    });
  });

  test('errors of both arms are not held against the canary', () => {
    const state = after(begun(), 40, tick(arm(100, 10), arm(900, 90)));
    const { kind, evidence } = judgeNow(state, GOING_ON);
    assert.equal(kind, 'UNDECIDED');
    assert.ok((evidence.sequential?.e ?? 1) < 0.5);
  });

  test('a slow canary is found after its first minute, not in it', () => {
    const slow = tick(arm(100, 0, SLOW), arm(900, 0));
    const early = after(begun(), 12, slow);
    assert.ok((judgeNow(early, GOING_ON).evidence.sequential?.eLatency ?? NaN) <= 1);
    const { kind, reason } = judgeNow(after(early, 10, slow), GOING_ON);
    assert.equal(kind, 'FAIL');
    assert.match(
      reason,
      /^The new revision answers more slowly \(median 150 ms, p95 800 ms\) than the present one \(median 83.3 ms, p95 650 ms\); by chance alone that happens in at most one of a million rollouts\.$/,
    );
  });

  test("the service's own counters are evidence by their weight, and are told by name", () => {
    const weights = { errors: 0.4, latency: 0.4, refunds: 0.2 };
    const policy: JudgePolicy = { ...SEQUENTIAL, weights, metrics: { refunds: 'refunds_total' } };
    const refunding = tick(
      { ...arm(100, 0), events: { refunds: 12, other: 90 } },
      { ...arm(900, 0), events: { refunds: 9, other: 1 } },
    );
    const { kind, reason, evidence } = judgeNow(after(begun(policy), 3, refunding), GOING_ON);
    assert.equal(kind, 'FAIL');
    assert.match(
      reason,
      /^The new revision had refunds in 36 of 300 requests \(12 %\), the present one in 27 of 2,700 requests \(1 %\); by chance/,
    );
    const { e, eErrors, eLatency, eMetrics } = evidence.sequential ?? assert.fail();
    const weighed = 0.4 * eErrors + 0.4 * eLatency + 0.2 * (eMetrics.refunds ?? 0);
    assert.ok(Math.abs(e / weighed - 1) < 1e-12);
    assert.deepEqual(Object.keys(eMetrics), ['refunds']);
  });

  test('a counter that counts a request several times is no more evidence than once', () => {
    const weights = { errors: 0, latency: 0, retries: 1 };
    const policy: JudgePolicy = { ...SEQUENTIAL, weights, metrics: { retries: 'retries_total' } };
    const retrying = (times: number) =>
      tick(
        { ...arm(10, 0), events: { retries: 10 * times } },
        { ...arm(90, 0), events: { retries: 90 * times } },
      );
    const [once, often] = [1, 7].map((times) =>
      judgeNow(after(begun(policy), 30, retrying(times)), GOING_ON),
    );
    assert.equal(often?.evidence.sequential?.e, once?.evidence.sequential?.e);
    assert.equal(often?.kind, 'UNDECIDED');
  });

  test('requests that hang count as slow', () => {
    const hanging = { ...arm(80, 0), requests: 100 };
    const state = after(begun(), 30, tick(hanging, arm(900, 0)));
    assert.equal(judgeNow(state, GOING_ON).kind, 'FAIL');
  });

  test('a fault is found in the step in which it begins, with the evidence of all steps', () => {
    const well = after(begun(), 60, tick(arm(100, 1), arm(900, 9)));
    const next = startStep(well, { traffic: 50, maxErrors: null });
    const { kind } = judgeNow(after(next, 12, tick(arm(500, 25), arm(500, 5))), GOING_ON);
    assert.equal(kind, 'FAIL');
  });

  test('a difference within the margin is none', () => {
    const policy: JudgePolicy = { ...SEQUENTIAL, margin: 1.25 };
    const state = after(begun(policy), 180, tick(arm(1_000, 21), arm(9_000, 180)));
    assert.equal(judgeNow(state, ENDED).kind, 'PASS');
  });
});

describe('guards', () => {
  test('many errors of one client are no fault of the release, and no pass either', () => {
    const client = { ...arm(20, 8), errorClients: Array.from({ length: 8 }, () => 'a') };
    const state = after(begun(), 3, tick(client, arm(180, 0)));
    assert.deepEqual(told(judgeNow(state, ENDED)), {
      kind: 'INCONCLUSIVE',
      hold: null,
      reason:
        "40 % of the new revision's requests fail, but nearly all for 1 client; is it the client or the release?",
    });
  });

  test('errors that cluster on stable instances weaken the evidence of errors', () => {
    const instances = (errors: number) =>
      Array.from({ length: 9 }, (_, at) => ({ requests: 10, errors: at === 0 ? errors : 0 }));
    const bursts = tick(arm(10, 2), { ...arm(90, 9), instances: instances(9) });
    const plain = tick(arm(10, 2), { ...arm(90, 9) });
    const e = (one: Tick) =>
      judgeNow(after(begun(), 10, one), GOING_ON).evidence.sequential?.e ?? 0;
    assert.ok(e(plain) > e(bursts), `${e(plain)} is not above ${e(bursts)}`);
    assert.ok(e(bursts) < 1.5);
  });

  test('a broken split holds, whatever the canary does', () => {
    const state = after(begun(), 60, tick(arm(150, 1), arm(850, 6)));
    assert.deepEqual(told(judgeNow(state, GOING_ON)), {
      kind: 'INCONCLUSIVE',
      hold: 'split',
      reason: 'The split is broken: the new revision gets 15 % of the requests instead of 10 %.',
    });
  });

  test('a canary that hurts both arms holds', () => {
    const usual = after(startJudge(SEQUENTIAL, 180), 60, tick(null, arm(1_000, 5)));
    const state = after(startStep(usual, STEP), 12, tick(arm(100, 10), arm(900, 90)));
    assert.deepEqual(told(judgeNow(state, GOING_ON)), {
      kind: 'INCONCLUSIVE',
      hold: 'sharedFate',
      reason:
        'The present revision too does worse since this step began than what served before it: 10 % of its requests fail, 0.5 % before; the release may harm what they share.',
    });
  });

  test('at 100 % the release is compared with what served before it', () => {
    const usual = after(startJudge(SEQUENTIAL, 180), 60, tick(null, arm(1_000, 5)));
    const whole = startStep(usual, { traffic: 100, maxErrors: null });
    const bad = judgeNow(after(whole, 6, tick(arm(1_000, 100), null)), GOING_ON);
    assert.deepEqual([bad.kind, bad.hold], ['INCONCLUSIVE', 'sharedFate']);
    const good = judgeNow(after(whole, 60, tick(arm(1_000, 5), null)), ENDED);
    assert.deepEqual([good.kind, good.hold], ['PASS', null]);
  });

  test('without metrics the judge says so, unless it knows enough', () => {
    const broken = { stepEnded: false, sourceProblem: 'Cloud Monitoring answers 503.' };
    assert.deepEqual(told(judgeNow(begun(), broken)), {
      kind: 'PROVIDER_ERROR',
      hold: null,
      reason: 'The metrics cannot be read: Cloud Monitoring answers 503.',
    });
    const failed = after(begun(), 3, tick(arm(10, 2), arm(90, 0)));
    assert.equal(judgeNow(failed, broken).kind, 'FAIL');
  });
});

describe('the end of a step', () => {
  test('a canary without requests is no success', () => {
    const state = after(begun(), 60, tick(null, arm(10, 0)));
    assert.equal(judgeNow(state, GOING_ON).kind, 'UNDECIDED');
    assert.deepEqual(told(judgeNow(state, ENDED)), {
      kind: 'NO_DATA',
      hold: null,
      reason: 'The new revision got no request in this step.',
    });
  });

  test('too few requests to see an outage are no success either', () => {
    const state = after(begun(), 10, tick(arm(1, 0), arm(9, 0)));
    assert.deepEqual(told(judgeNow(state, ENDED)), {
      kind: 'INCONCLUSIVE',
      hold: null,
      reason:
        'The new revision got 10 requests: too few to see even 20 % errors with 80 % probability.',
    });
  });

  test('it passes at its time, and says what would have been seen', () => {
    const state = after(begun(), 60, tick(arm(10, 0), arm(90, 0)));
    assert.equal(judgeNow(state, GOING_ON).kind, 'UNDECIDED');
    const { kind, reason } = judgeNow(state, ENDED);
    assert.equal(kind, 'PASS');
    assert.match(
      reason,
      /^No evidence of harm in 600 requests to the new revision; errors x9\.\d or latency x1\.\d would have been seen with 80 % probability\.$/,
    );
  });

  test('it passes early once twice the odds are ruled out, and not before the soak', () => {
    const one = tick(arm(200, 2), arm(1_800, 18));
    const state = after(begun(), 59, one);
    assert.equal(judgeNow(state, GOING_ON).kind, 'UNDECIDED');
    assert.deepEqual(told(judgeNow(observeTick(state, one), GOING_ON)), {
      kind: 'PASS',
      hold: null,
      reason:
        'Twice the errors or slow answers are ruled out after 12,000 requests to the new revision.',
    });
  });

  test('a new step has to show for itself that it is harmless', () => {
    const first = after(begun(), 60, tick(arm(200, 2), arm(1_800, 18)));
    const second = startStep(first, { traffic: 50, maxErrors: null });
    assert.equal(judgeNow(second, GOING_ON).evidence.sequential?.harmless.errors, 1);
  });
});

describe('thresholds', () => {
  const verdict = (ticks: number, one: Tick, step = STEP) =>
    told(judgeNow(after(begun(THRESHOLDS, step), ticks, one), ENDED));

  test('the error rate counts from the least number of requests on', () => {
    assert.deepEqual(verdict(1, tick(arm(99, 5), null, 60)), {
      kind: 'INCONCLUSIVE',
      hold: null,
      reason:
        'The new revision got 99 requests in this step; its error rate and latency are judged from 100 on.',
    });
    assert.deepEqual(verdict(1, tick(arm(100, 2), null, 60)), {
      kind: 'FAIL',
      hold: null,
      reason: '2 % of 100 requests to the new revision failed; 1 % is the limit.',
    });
    assert.deepEqual(verdict(1, tick(arm(100, 1), null, 60)), {
      kind: 'FAIL',
      hold: null,
      reason: "The new revision's p95 is 650 ms; 500 ms is the limit.",
    });
  });

  test('more errors than a step allows fail it, however few the requests', () => {
    const step = { traffic: 10, maxErrors: 5 };
    assert.deepEqual(verdict(2, tick(arm(10, 3), null, 60), step), {
      kind: 'FAIL',
      hold: null,
      reason: 'The new revision had 6 errors in this step; more than 5 are not allowed.',
    });
  });

  test('limits are of a step, and no evidence is gathered', () => {
    const policy: JudgePolicy = { ...THRESHOLDS, errorRate: null, p95Ms: null, maxErrors: 5 };
    const first = after(begun(policy), 5, tick(arm(10, 1), null, 60));
    const second = after(
      startStep(first, { traffic: 50, maxErrors: 10 }),
      5,
      tick(arm(10, 1), null),
    );
    const { evidence, ...verdict } = judgeNow(second, ENDED);
    assert.deepEqual(told({ ...verdict, evidence }), {
      kind: 'PASS',
      hold: null,
      reason: 'The new revision stayed within its limits: 5 errors in 50 requests.',
    });
    assert.equal(evidence.sequential, null);
    assert.equal(evidence.canary.requests, 50);
  });
});

test('a state is plain data and leaves the one before as it was', () => {
  const state = after(begun(), 20, tick(arm(100, 3), arm(900, 9)));
  const copy = JSON.parse(JSON.stringify(state)) as JudgeState;
  const one = tick({ ...arm(100, 1), errorClients: ['a'] }, arm(900, 9));
  assert.deepEqual(observeTick(copy, one), observeTick(state, one));
  assert.deepEqual(copy, JSON.parse(JSON.stringify(state)));
});
