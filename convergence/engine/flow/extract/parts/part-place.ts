import { createHash } from 'node:crypto';
import { fail } from '../../../error-codes.ts';
import type { TenantScope } from '../../../tenant/tenant-scope.ts';
import type { PartFolder } from './part-store.ts';

/** Of the folders of a run, from the root of all parts: two names that are safe anywhere. */
export function runPlace({ tenantId }: TenantScope, runId: string): string {
  return `${tenantId}/${safeName(runId)}`;
}

/** Of one resource; below it, what a store needs for its fences. */
export function folderPlace(scope: TenantScope, { runId, step, resource }: PartFolder): string {
  return `${runPlace(scope, runId)}/${safeName(step)}/${safeName(resource)}`;
}

export function takenOver({ runId, fence }: PartFolder): Error {
  return fail('lease_lost', `run ${runId} was taken over by a newer worker`, {
    details: { runId, fence: String(fence) },
  });
}

/** Other names get a hash: they may be no file names, or the same one where case does not count. */
function safeName(name: string): string {
  if (/^[a-z0-9_-]{1,80}$/.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, 60);
  return `${readable}.${hash}`;
}
