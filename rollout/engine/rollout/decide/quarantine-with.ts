import type { Have } from '../../plan/have.ts';
import { quarantineOf } from '../../plan/marks.ts';
import type { Quarantined } from '../../plan/marks.ts';

/** Cloud Run takes 256 KiB of annotations in all. */
const MAX_QUARANTINED = 50;

/** The value of the annotation with one more revision, without those that were deleted since. */
export function quarantineWith(have: Have, added: Quarantined): string {
  const known = new Set(have.revisions.map(({ name }) => name));
  const others = quarantineOf(have).filter(
    ({ revision }) => revision !== added.revision && known.has(revision),
  );
  return JSON.stringify([...others, added].slice(-MAX_QUARANTINED));
}
