import { StatusError } from '../../../protocol/status-error.ts';
import type { BuildStep } from '../resource/build.ts';

/**
 * By step, the steps before it that it waits for: all of them without `waitFor`, none for `-`.
 * @throws INVALID_ARGUMENT for an id that no step before it has, and one that two have
 */
export function stepsBefore(steps: readonly BuildStep[]): readonly (readonly number[])[] {
  const ids = steps.map(({ id }) => id ?? '');
  const twice = ids.find((id, index) => id !== '' && ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`two build steps have the id "${twice}"`);
  return steps.map(({ waitFor = [] }, index) => {
    if (waitFor.length === 0) return ids.slice(0, index).map((_, before) => before);
    const named = waitFor.filter((id) => id !== '-');
    return named.map((id) => {
      const before = ids.indexOf(id);
      if (before !== -1 && before < index) return before;
      throw invalid(`build step ${index} waits for "${id}", which is the id of no step before it`);
    });
  });
}

function invalid(why: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', `invalid build: ${why}`);
}
