import type { protos } from '@google-cloud/run';
import type {
  Have,
  Revision,
  ServedTarget,
  ServiceRef,
  TrafficTarget,
} from '../../engine/plan/have.ts';
import { shortName } from './resource-name.ts';

export type ServiceRead = protos.google.cloud.run.v2.IService;
export type RevisionRead = protos.google.cloud.run.v2.IRevision;
type Target = protos.google.cloud.run.v2.ITrafficTarget;
type TargetStatus = protos.google.cloud.run.v2.ITrafficTargetStatus;
type Condition = protos.google.cloud.run.v2.ICondition;

/** Of revisions that we deployed: the commit that they were built from. */
const COMMIT_LABEL = 'commit';

/** What was read of a service and its revisions, as the engine sees it. */
export function readHave(
  ref: ServiceRef,
  service: ServiceRead,
  revisions: readonly RevisionRead[],
): Have {
  const state = settledState(service, service.terminalCondition);
  const used = usedRevisions(service);
  return {
    ref,
    etag: service.etag ?? '',
    url: service.uri ?? '',
    state: state === 'pending' ? 'reconciling' : state,
    ...messageOf(state, service.terminalCondition),
    traffic: readTraffic(service.traffic ?? []),
    served: (service.trafficStatuses ?? []).map(readServed),
    revisions: revisions
      .map((revision) => readRevision(revision, used))
      .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)),
    annotations: service.annotations ?? {},
    changedBy: {
      who: service.lastModifier ?? '',
      client: service.client ?? '',
      at: readTime(service.updateTime),
    },
    sessionAffinity: service.template?.sessionAffinity ?? false,
  };
}

function readRevision(revision: RevisionRead, used: ReadonlySet<string>): Revision {
  const name = shortName(revision.name ?? '');
  const ready = revision.conditions?.find(({ type }) => type === 'Ready');
  const state = settledState(revision, ready);
  const commit = revision.labels?.[COMMIT_LABEL];
  return {
    name,
    createdAt: readTime(revision.createTime),
    image: revision.containers?.[0]?.image ?? '',
    state,
    ...messageOf(state, ready),
    retired: !used.has(name),
    ...(commit && { commit }),
  };
}

/** A condition speaks of what is asked for now only when that generation was observed. */
function settledState(
  { reconciling, generation, observedGeneration }: ServiceRead | RevisionRead,
  condition: Condition | null | undefined,
): Revision['state'] {
  if (reconciling || String(generation) !== String(observedGeneration)) return 'pending';
  if (condition?.state === 'CONDITION_SUCCEEDED') return 'ready';
  return condition?.state === 'CONDITION_FAILED' ? 'failed' : 'pending';
}

function messageOf(
  state: Revision['state'],
  condition: Condition | null | undefined,
): { message?: string } {
  return state !== 'ready' && condition?.message ? { message: condition.message } : {};
}

/** The platform refuses to delete also the one that was created last. */
function usedRevisions(service: ServiceRead): ReadonlySet<string> {
  const targets = [...(service.traffic ?? []), ...(service.trafficStatuses ?? [])];
  const named = targets.map(({ revision }) => shortName(revision ?? ''));
  return new Set([...named, shortName(service.latestCreatedRevision ?? '')]);
}

/** No traffic asked for is all of it for LATEST. */
function readTraffic(targets: readonly Target[]): TrafficTarget[] {
  return targets.length === 0 ? [{ revision: null, percent: 100 }] : targets.map(readTarget);
}

function readTarget({ type, revision, percent, tag }: Target): TrafficTarget {
  const isLatest = type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' || !revision;
  return {
    revision: isLatest ? null : shortName(revision),
    percent: percent ?? 0,
    ...(tag && { tag }),
  };
}

/** In force LATEST is a certain revision, too. */
function readServed({ revision, percent, tag, uri }: TargetStatus): ServedTarget {
  return {
    revision: revision ? shortName(revision) : null,
    percent: percent ?? 0,
    ...(tag && { tag }),
    ...(uri && { url: uri }),
  };
}

function readTime(time: protos.google.protobuf.ITimestamp | null | undefined): string {
  const ms = Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
  return new Date(ms).toISOString();
}
