import { inBase, inRevision, levelOf } from './change.ts';
import type { Change, Comparison } from './change.ts';

/** Lists of values (`enum`, `const`), and the value that stands for none. */
export function compareValues(both: Comparison): Change[] {
  return [...compareLists(both), ...compareDefaults(both)];
}

function compareLists(both: Comparison): Change[] {
  const [was, is] = [both.base.values, both.revision.values];
  if (was === null && is === null) return [];
  if (was === null) return [becameList(both, is ?? [])];
  if (is === null) return [becameFree(both, was)];
  const gone = was.filter((value) => !is.includes(value));
  const added = is.filter((value) => !was.includes(value));
  if (both.base.isConst && both.revision.isConst && gone.length > 0) {
    const text = `changed its only value from ${gone.join()} to ${added.join()}`;
    return [{ id: 'const-changed', level: 'ERR', text, place: inRevision(both, 'const') }];
  }
  return [
    ...gone.map((value) => ({
      id: 'enum-value-removed',
      level: levelOf(both.direction, 'narrows'),
      text: `lost the value ${value}`,
      place: inBase(both, both.base.isConst ? 'const' : 'enum'),
    })),
    ...added.map((value) => ({
      id: 'enum-value-added',
      // Clients are told to bear values that they do not know.
      level: both.direction === 'response' ? ('WARN' as const) : ('INFO' as const),
      text: `got the value ${value}`,
      place: inRevision(both, both.revision.isConst ? 'const' : 'enum'),
    })),
  ];
}

function becameList(both: Comparison, values: readonly string[]): Change {
  const { isConst } = both.revision;
  return {
    id: isConst ? 'const-added' : 'became-enum',
    level: levelOf(both.direction, 'narrows'),
    text: `takes only ${values.join(', ')} now`,
    place: inRevision(both, isConst ? 'const' : 'enum'),
  };
}

const FREED = {
  request: {
    const: { id: 'const-removed', level: 'INFO' },
    enum: { id: 'became-not-enum', level: 'INFO' },
  },
  response: {
    const: { id: 'const-removed', level: 'ERR' },
    enum: { id: 'enum-value-added', level: 'WARN' },
  },
} as const;

function becameFree(both: Comparison, values: readonly string[]): Change {
  const { isConst } = both.base;
  return {
    ...FREED[both.direction][isConst ? 'const' : 'enum'],
    text: `may be other than ${values.join(', ')} now`,
    place: inBase(both, isConst ? 'const' : 'enum'),
  };
}

/** A parameter that is left out means something else when its default changes. */
function compareDefaults(both: Comparison): Change[] {
  const [was, is] = [both.base.defaultValue, both.revision.defaultValue];
  if (was === is) return [];
  const id = `default-value-${kindOfStep(was, is)}`;
  const text = `changed its default from ${was ?? 'none'} to ${is ?? 'none'}`;
  const level = both.role === 'parameter' ? 'ERR' : 'INFO';
  return [{ id, level, text, place: inRevision(both, is === null ? undefined : 'default') }];
}

function kindOfStep(was: string | null, is: string | null): string {
  if (was === null) return 'added';
  return is === null ? 'removed' : 'changed';
}
