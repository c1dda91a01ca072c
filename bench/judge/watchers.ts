import type { Watcher } from 'rollout/engine/judge/simulate/run-canary.ts';
import type { Tick } from 'rollout/engine/judge/tick.ts';
import { isHigh } from './kayenta.ts';
import { MinuteWindow } from './minute-window.ts';

/** How other systems decide, with the settings that their guides show. Each starts afresh. */
export const WATCHERS: Readonly<Record<string, () => Watcher>> = {
  'fixed rule': fixedRule,
  'three bad windows': threeBadWindows,
  Kayenta: kayenta,
};

const MAX_ERROR_RATE = 0.01;
const MIN_REQUESTS = 100;
const WINDOWS = 15;

/** Roll back at more than 1 % errors of all requests so far, from 100 requests on, each minute. */
function fixedRule(): Watcher {
  let requests = 0;
  let errors = 0;
  const minute = new MinuteWindow();
  return (tick) => {
    requests += tick.canary?.requests ?? 0;
    errors += tick.canary?.errors ?? 0;
    if (minute.add(tick) === null) return false;
    return requests >= MIN_REQUESTS && errors / requests > MAX_ERROR_RATE;
  };
}

/** Argo Rollouts: an analysis each minute, of that minute; the third failed one is too much. */
function threeBadWindows(): Watcher {
  let bad = 0;
  const minute = new MinuteWindow();
  return (tick) => {
    const point = minute.add(tick);
    if (point === null) return false;
    if (point.canary.errorRate > MAX_ERROR_RATE) bad += 1;
    return bad >= 3;
  };
}

/** Points of a minute, one classification of them all at the end. */
function kayenta(): Watcher {
  const minute = new MinuteWindow();
  const points: NonNullable<ReturnType<MinuteWindow['add']>>[] = [];
  return (tick: Tick) => {
    const point = minute.add(tick);
    if (point !== null) points.push(point);
    if (point === null || points.length < WINDOWS) return false;
    return (['errorRate', 'p95Ms'] as const).some((metric) =>
      isHigh(
        points.map(({ canary }) => canary[metric]),
        points.map(({ stable }) => stable[metric]),
      ),
    );
  };
}
