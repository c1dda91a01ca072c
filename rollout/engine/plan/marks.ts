import { z } from 'zod';
import type { Have } from './have.ts';

/** Annotations of ours on a service. */
export const LOCK = 'rollout.dev/active';
export const QUARANTINE = 'rollout.dev/quarantine';

const lock = z.object({ id: z.string(), by: z.string(), since: z.string() });
export type Lock = z.infer<typeof lock>;

const quarantined = z.object({ revision: z.string(), why: z.string(), at: z.string() });
export type Quarantined = z.infer<typeof quarantined>;

/** Who ships the service now. A lock that cannot be read is somebody's, too. */
export function lockOf({ annotations }: Pick<Have, 'annotations'>): Lock | null {
  const text = annotations[LOCK];
  if (text === undefined) return null;
  return lock.safeParse(parse(text)).data ?? { id: '?', by: 'somebody', since: '?' };
}

/** Revisions that a person or the judge took back. */
export function quarantineOf({ annotations }: Pick<Have, 'annotations'>): readonly Quarantined[] {
  const list = z.array(quarantined).safeParse(parse(annotations[QUARANTINE] ?? '[]'));
  return list.data ?? [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
