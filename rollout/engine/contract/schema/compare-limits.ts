import type { Level } from '../finding.ts';
import { inBase, inRevision, levelOf } from './change.ts';
import type { Change, Comparison } from './change.ts';
import { LIMITS } from './keywords.ts';
import type { LimitName } from './keywords.ts';
import type { Shape } from './shape.ts';

/** Numbers, patterns, uniqueness, and further keywords that exclude values. */
export function compareLimits(both: Comparison): Change[] {
  const names = Object.keys({ ...both.base.limits, ...both.revision.limits }) as LimitName[];
  return [
    ...names.flatMap((name) => compareLimit(both, name)),
    ...comparePatterns(both),
    ...compareUnique(both),
    ...compareNarrowing(both),
  ];
}

/** A limit and its exclusive form stand in for each other. */
const SIBLINGS: Partial<Record<LimitName, LimitName>> = {
  minimum: 'exclusiveMinimum',
  exclusiveMinimum: 'minimum',
  maximum: 'exclusiveMaximum',
  exclusiveMaximum: 'maximum',
};
/** Where there was none: a client may have kept to one that was not written down. */
const WARNED_WHEN_SET = new Set<LimitName>([
  'maximum',
  'minimum',
  'maxLength',
  'maxItems',
  'maxProperties',
  'minProperties',
  'maxContains',
]);
/** None is the same as 0. */
const FROM_ZERO = new Set<LimitName>(['minLength', 'minItems', 'minContains']);

function compareLimit(both: Comparison, name: LimitName): Change[] {
  const { id, side } = LIMITS[name];
  const was = both.base.limits[name];
  const is = both.revision.limits[name];
  if (was === is) return [];
  const steps = side === 'upper' ? ['decreased', 'increased'] : ['increased', 'decreased'];
  if (was === undefined) {
    if (isAsTight(both.base, name, is ?? 0)) return [];
    const known = FROM_ZERO.has(name) ? `${id}-increased` : `${id}-set`;
    const text = `has ${name} ${is} now, and had none`;
    return [{ id: known, level: levelWhenSet(both, name), text, place: inRevision(both, name) }];
  }
  if (is === undefined) {
    if (isAsTight(both.revision, name, was)) return [];
    const known = FROM_ZERO.has(name) ? `${id}-decreased` : `${id}-unset`;
    const text = `has no ${name} any more, it was ${was}`;
    const level = levelOf(both.direction, 'widens');
    return [{ id: known, level, text, place: inBase(both, name) }];
  }
  const isTighter = side === 'upper' ? is < was : is > was;
  const level = levelOf(both.direction, isTighter ? 'narrows' : 'widens');
  const text = `changed ${name} from ${was} to ${is}`;
  return [{ id: `${id}-${steps[isTighter ? 0 : 1]}`, level, text, place: inRevision(both, name) }];
}

function levelWhenSet({ direction }: Comparison, name: LimitName): Level {
  return direction === 'request' && WARNED_WHEN_SET.has(name)
    ? 'WARN'
    : levelOf(direction, 'narrows');
}

/** Whether the sibling of a limit excludes all that the limit excludes. */
function isAsTight({ limits }: Shape, name: LimitName, limit: number): boolean {
  const sibling = SIBLINGS[name];
  const present = sibling && limits[sibling];
  if (present === undefined) return false;
  const isUpper = LIMITS[name].side === 'upper';
  const isInside = isUpper ? present < limit : present > limit;
  return isInside || (present === limit && !name.startsWith('exclusive'));
}

function comparePatterns(both: Comparison): Change[] {
  const [was, is] = [both.base, both.revision].map(({ patterns }) => patterns.join(' and '));
  if (was === is) return [];
  const isRequest = both.direction === 'request';
  const place = inRevision(both, is === '' ? undefined : 'pattern');
  if (was === '') {
    const text = `must match ${is} now`;
    return [{ id: 'pattern-added', level: levelOf(both.direction, 'narrows'), text, place }];
  }
  if (is === '') {
    return [
      { id: 'pattern-removed', level: 'INFO', text: `need not match ${was} any more`, place },
    ];
  }
  if (is === '.*' || is === '^.*$') {
    return [{ id: 'pattern-generalized', level: 'INFO', text: `may match anything now`, place }];
  }
  // Which of two patterns allows more cannot be told in general.
  const text = `changed its pattern from ${was} to ${is}`;
  return [{ id: 'pattern-changed', level: isRequest ? 'WARN' : 'INFO', text, place }];
}

function compareUnique(both: Comparison): Change[] {
  const [was, is] = [both.base.isUnique, both.revision.isUnique];
  if (was === is) return [];
  const text = is ? 'may hold nothing twice now' : 'may hold something twice now';
  const level = levelOf(both.direction, is ? 'narrows' : 'widens');
  const id = is ? 'unique-items-added' : 'unique-items-removed';
  return [{ id, level, text, place: inRevision(both) }];
}

function compareNarrowing(both: Comparison): Change[] {
  const [was, is] = [both.base.narrowing, both.revision.narrowing];
  return Object.keys({ ...was, ...is }).flatMap((id): Change[] => {
    if (was[id] === is[id]) return [];
    if (id === 'multiple-of') return compareMultiples(both);
    if (was[id] === undefined) {
      const level = levelOf(both.direction, 'narrows');
      return [{ id: `${id}-added`, level, text: `got '${id}'`, place: inRevision(both) }];
    }
    if (is[id] === undefined) {
      const level = levelOf(both.direction, 'widens');
      return [{ id: `${id}-removed`, level, text: `lost '${id}'`, place: inBase(both) }];
    }
    return [
      { id: `${id}-changed`, level: 'ERR', text: `changed '${id}'`, place: inRevision(both) },
    ];
  });
}

function compareMultiples(both: Comparison): Change[] {
  const [was, is] = [both.base, both.revision].map((shape) =>
    Number(shape.narrowing['multiple-of'] ?? 0),
  );
  const contains = (outer = 0, inner = 0) =>
    outer === 0 || (inner !== 0 && Number.isInteger(inner / outer));
  const isAccepted = both.direction === 'request' ? contains(is, was) : contains(was, is);
  const text = `changed multipleOf from ${was || 'none'} to ${is || 'none'}`;
  const level = isAccepted ? 'INFO' : 'ERR';
  return [{ id: 'multiple-of-changed', level, text, place: inRevision(both) }];
}
