import type { TrafficTarget } from '../../plan/have.ts';

/** Traffic as it was planned, with the tags that others have set since: they are not ours to take. */
export function keepNewTags(
  planned: { readonly before: readonly TrafficTarget[]; readonly after: readonly TrafficTarget[] },
  present: readonly TrafficTarget[],
): readonly TrafficTarget[] {
  const known = new Set([...planned.before, ...planned.after].map(({ tag }) => tag));
  const added = present.filter(({ tag }) => tag !== undefined && !known.has(tag));
  return [...planned.after, ...added.map((target) => ({ ...target, percent: 0 }))];
}
