import type { Style } from 'base/terminal/style.ts';
import { plain } from 'base/terminal/text-width.ts';
import type { Effect } from '../../engine/plan/effect.ts';
import type { CheckResult, Entry } from '../../engine/rollout/entry.ts';
import { formatTraffic } from './traffic-text.ts';

type Level = 'info' | 'good' | 'warn' | 'bad';
type Telling = readonly [Level, string];
type Teller = { [K in Entry['kind']]: (entry: Extract<Entry, { kind: K }>) => Telling | null };

const OUTCOMES = {
  promoted: ['good', 'promoted'],
  rolledBack: ['bad', 'rolled back'],
  failed: ['bad', 'failed'],
  aborted: ['warn', 'aborted'],
} as const;

const EFFECTS: Readonly<Record<Effect['kind'], string>> = {
  createService: 'creating the service',
  deployRevision: 'deploying the revision',
  moveTraffic: 'moving traffic',
  annotate: 'writing annotations',
  deleteRevision: 'deleting a revision',
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
  intent: ({ effect, purpose }) => ['info', `${EFFECTS[effect.kind]}: ${purpose}`],
  started: () => null,
  confirmed: ({ traffic }) => ['info', `traffic ${formatTraffic(traffic)}`],
  dropped: ({ cause, why }) => ['warn', `not done, ${cause}: ${why}`],
  probed: ({ target, checks }) => tellChecks(target, checks),
  observed: () => null,
  unobserved: ({ why }) => ['warn', `no metrics: ${why}`],
  passed: ({ why }) => ['good', why],
  held: ({ reason, until, next }) => ['warn', `held: ${reason}; at ${until.slice(11, 19)} ${next}`],
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

function tellChecks(target: string, checks: readonly CheckResult[]): Telling {
  const failed = checks.filter(({ problem }) => problem !== null);
  const slowestMs = Math.round(Math.max(0, ...checks.map(({ latencyMs }) => latencyMs)));
  const where = target === 'canary' ? 'the revision’s own address' : 'the service';
  if (failed.length === 0) {
    return ['good', `${checks.length} checks of ${where} passed, the slowest in ${slowestMs} ms`];
  }
  const problems = failed.map(({ name, problem }) => `${name}: ${problem}`).join('; ');
  return ['warn', `${failed.length} of ${checks.length} checks of ${where} failed: ${problems}`];
}

/** `12:00:01  what happened`, the time in UTC; null for records that tell people nothing. */
export function renderEntry(entry: Entry, style: Style): string | null {
  // The table has a teller for each kind; the compiler cannot see that key and value fit.
  const telling = (TELL[entry.kind] as (entry: Entry) => Telling | null)(entry);
  if (telling === null) return null;
  const [level, text] = telling;
  const paint = { info: plain, good: style.good, warn: style.warn, bad: style.bad }[level];
  return `${style.faint(entry.at.slice(11, 19))}  ${paint(plain(text))}`;
}
