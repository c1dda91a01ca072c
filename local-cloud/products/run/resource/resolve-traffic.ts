import { shortName } from './resource-name.ts';
import { LATEST } from './resource.ts';
import type { KeptRevision, KeptService, TrafficTarget } from './resource.ts';

/** Where traffic goes once LATEST is a certain revision. */
export interface Target {
  readonly revision: string;
  readonly percent: number;
  readonly tag?: string;
  readonly type?: string;
}

export type Resolved =
  | { readonly targets: readonly Target[] }
  /** In Cloud Run's words. */
  | { readonly failure: string };

/** The targets that a service asks for, or why they cannot serve. */
export function resolveTraffic({ resource, revisions }: KeptService): Resolved {
  const latest = revisions.findLast(({ outcome }) => outcome === 'ready');
  const created = revisions.find(
    ({ name }) => name === shortName(resource.latestCreatedRevision ?? ''),
  );
  const targets: Target[] = [];
  for (const target of resource.traffic) {
    const isLatest = target.type === LATEST;
    const revision = isLatest
      ? (latest ?? created)
      : revisions.find(({ name }) => name === target.revision);
    if (revision?.outcome !== 'ready') return { failure: explain(target, revision) };
    const { type, percent = 0, tag } = target;
    targets.push({ revision: revision.name, percent, type, ...(tag && { tag }) });
  }
  return { targets };
}

function explain(target: TrafficTarget, revision: KeptRevision | undefined): string {
  return (
    revision?.message ??
    `Revision '${revision?.name ?? target.revision}' is not ready and cannot serve traffic.`
  );
}

/** What serves now, as it was last put in force. */
export function trafficInForce({ resource }: KeptService): readonly Target[] {
  return (resource.trafficStatuses ?? []).map(({ revision = '', percent = 0, tag, type }) => ({
    revision,
    percent,
    type,
    ...(tag && { tag }),
  }));
}

/** The revisions whose first start a service waits for before its traffic can be put in force. */
export function revisionsToProve(
  { resource, revisions }: KeptService,
  made: string | undefined,
): string[] {
  const created = shortName(resource.latestCreatedRevision ?? '');
  const wanted = resource.traffic.map(({ type, revision }) =>
    type === LATEST ? created : revision,
  );
  const names = new Set([...wanted, made]);
  return revisions
    .filter(({ name, outcome }) => outcome === 'pending' && names.has(name))
    .map(({ name }) => name);
}
