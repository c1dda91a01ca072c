import type { Style } from 'base/terminal/style.ts';
import { plain } from 'base/terminal/text-width.ts';
import type { RolloutState } from '../../engine/rollout/rollout-state.ts';
import type { TrafficTarget } from '../../engine/plan/have.ts';
import type { Stage } from '../../engine/plan/plan.ts';
import type { CheckResult, Entry } from '../../engine/rollout/entry.ts';
import { countText, formatMoment, formatTraffic } from './traffic-text.ts';

type Level = 'info' | 'good' | 'warn' | 'bad';
type Telling = readonly [Level, string];
type Teller = {
  [K in Entry['kind']]: (entry: Extract<Entry, { kind: K }>, state: RolloutState) => Telling | null;
};

const OUTCOMES = {
  promoted: ['good', 'promoted'],
  rolledBack: ['bad', 'rolled back'],
  failed: ['bad', 'failed'],
  aborted: ['warn', 'aborted'],
} as const;

/** What is done when nobody decides. */
export const NEXT = {
  rollBack: 'it is taken back',
  abort: 'it is aborted',
  continue: 'it goes on',
  leave: 'it ends and the traffic stays',
} as const;

const PURPOSES: Readonly<Record<string, string>> = {
  lock: 'taking the lock of the service',
  pin: 'pinning the traffic that follows LATEST',
  deploy: 'deploying the revision without traffic',
  step: 'moving traffic',
  return: 'moving traffic back',
  mark: 'giving the lock back, and quarantining the revision',
  unlock: 'giving the lock back',
  cleanUp: 'cleaning up old revisions',
};

/** What people want to know of each record; null: nothing. */
const TELL: Teller = {
  begun: ({ id, who, request, traffic }) => {
    const { revision, stable } = request.plan;
    const against = stable === null ? '' : ` against ${stable}`;
    return [
      'info',
      `rollout ${id} by ${who}: ${revision}${against}; traffic ${formatTraffic(traffic)}`,
    ];
  },
  owned: ({ who, runner }) => ['info', `run by ${who} (${runner})`],
  alive: () => null,
  released: () => null,
  opened: ({ gate, by }) => ['info', `gate ${gate} is open: ${by}`],
  busy: (entry) => ['info', entry.with === 'build' ? 'building the image' : 'running the tests'],
  built: ({ image }) => ['info', `built ${image}`],
  intent: ({ purpose, effect }) => {
    const isNew = effect.kind === 'createService';
    return ['info', isNew ? 'creating the service' : (PURPOSES[purpose] ?? purpose)];
  },
  started: () => null,
  confirmed: ({ traffic }) => ['info', trafficText(traffic)],
  dropped: ({ cause, why }) => ['warn', `not done, ${cause}: ${why}`],
  probed: ({ target, checks }) => tellChecks(target, checks),
  observed: () => null,
  unobserved: ({ why }) => ['warn', `no metrics: ${why}`],
  passed: (entry, { request }) => tellPassed(entry, request.plan.stages[entry.stage]),
  held: ({ reason, until, next }) => [
    'warn',
    `held: ${reason}; ${formatMoment(until)} ${NEXT[next]}`,
  ],
  adopted: ({ traffic }) => ['info', `goes on from traffic ${formatTraffic(traffic)}`],
  returning: ({ cause, why, by }) => {
    const who = by === null ? '' : ` by ${by}`;
    return ['bad', `taking it back (${cause}${who}): ${why}`];
  },
  commanded: ({ who, command }) => {
    const reason = 'reason' in command && command.reason !== '' ? `: ${command.reason}` : '';
    return ['info', `${who} says ${command.name}${reason}`];
  },
  ended: ({ outcome, why }) => [OUTCOMES[outcome][0], `${OUTCOMES[outcome][1]}: ${why}`],
};

function trafficText(traffic: readonly TrafficTarget[]): string {
  return `traffic ${formatTraffic(traffic)}`;
}

/** A step that only moved traffic has told so. */
function tellPassed({ why }: { readonly why: string }, stage: Stage | undefined): Telling | null {
  const isTold = stage?.name !== 'step' && stage?.name !== 'watch' && stage?.name !== 'prove';
  if (isTold || (stage.name === 'step' && stage.durationMs === 0)) return null;
  return ['good', stage.name === 'prove' ? `proved: ${why}` : why];
}

/** Passed checks of the canary are told with the stage that they end. */
function tellChecks(target: string, checks: readonly CheckResult[]): Telling | null {
  const failed = checks.filter(({ problem }) => problem !== null);
  const where = target === 'canary' ? "the revision's own address" : 'the service';
  if (failed.length > 0) {
    const problems = failed.map(({ name, problem }) => `${name}: ${problem}`).join('; ');
    const of = `${failed.length} of ${countText(checks.length, 'check')}`;
    return ['warn', `${of} of ${where} failed: ${problems}`];
  }
  if (target === 'canary') return null;
  const slowestMs = Math.round(Math.max(0, ...checks.map(({ latencyMs }) => latencyMs)));
  return [
    'good',
    `${where} answers: ${countText(checks.length, 'check')}, ${slowestMs} ms at most`,
  ];
}

export type EntryTeller = (entry: Entry, state: RolloutState) => string | null;

/**
 * Gives the line of each record, `12:00:01  what happened` with the time in UTC, or null for those
 * that tell people nothing, such as traffic that is what it was.
 */
export function createEntryTeller(style: Style): EntryTeller {
  let traffic = '';
  return (entry, state) => {
    // The table has a teller for each kind; the compiler cannot see that key and value fit.
    const tell = TELL[entry.kind] as (entry: Entry, state: RolloutState) => Telling | null;
    const telling = tell(entry, state);
    if (telling === null || (entry.kind === 'confirmed' && telling[1] === traffic)) return null;
    if (entry.kind === 'begun' || entry.kind === 'confirmed') traffic = trafficText(entry.traffic);
    const [level, text] = telling;
    const paint = { info: plain, good: style.good, warn: style.warn, bad: style.bad }[level];
    return `${style.faint(entry.at.slice(11, 19))}  ${paint(plain(text))}`;
  };
}
