import { revisionName, shortName } from './resource-name.ts';
import type { Condition, KeptRevision, KeptService } from './resource.ts';

/** The revision as the API shows it. */
export function renderRevision(kept: KeptService, revision: KeptRevision): object {
  const { name, uid, createTime, updateTime, deleteTime, creator, outcome } = revision;
  const { revision: _, healthCheckDisabled: __, ...template } = revision.template;
  return {
    ...template,
    name: revisionName(kept.resource.name, name),
    uid,
    generation: '1',
    observedGeneration: '1',
    service: kept.resource.name,
    createTime,
    updateTime,
    ...(deleteTime !== undefined && { deleteTime }),
    creator,
    launchStage: 'GA',
    ...(outcome === 'pending' && { reconciling: true }),
    conditions: conditionsOf(kept, revision),
    etag: `"${Buffer.from(`${updateTime}/${name}`).toString('base64')}"`,
  };
}

function conditionsOf(kept: KeptService, revision: KeptRevision): Condition[] {
  const at = { lastTransitionTime: revision.updateTime };
  const why = revision.message === undefined ? {} : { message: revision.message };
  const failed = { ...at, state: 'CONDITION_FAILED', ...why } as const;
  const health = {
    ...at,
    ...(revision.outcome === 'failed' ? failed : { state: stateOf(revision) }),
  };
  return [
    {
      type: 'Ready',
      ...health,
      ...(revision.outcome === 'failed' && { revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR' }),
    },
    { type: 'ContainerHealthy', ...health },
    { type: 'ResourcesAvailable', state: 'CONDITION_SUCCEEDED', ...at },
    activeCondition(kept, revision),
  ];
}

function stateOf({ outcome }: KeptRevision): 'CONDITION_SUCCEEDED' | 'CONDITION_RECONCILING' {
  return outcome === 'ready' ? 'CONDITION_SUCCEEDED' : 'CONDITION_RECONCILING';
}

function activeCondition(kept: KeptService, { name, updateTime }: KeptRevision): Condition {
  const type = { type: 'Active', lastTransitionTime: updateTime };
  if (isInUse(kept, name)) return { ...type, state: 'CONDITION_SUCCEEDED' };
  return {
    ...type,
    state: 'CONDITION_FAILED',
    severity: 'INFO',
    revisionReason: 'RETIRED',
    message: 'Revision retired.',
  };
}

/** Gets traffic or has a tag, now or as soon as what is asked for is in force. */
function isInUse({ resource }: KeptService, revision: string): boolean {
  const targets = [...resource.traffic, ...(resource.trafficStatuses ?? [])];
  return targets.some((target) => target.revision === revision);
}

/** In use, the latest or the only one: Cloud Run keeps those. */
export function whyNotDeletable(kept: KeptService, revision: string): string | null {
  if (isInUse(kept, revision))
    return `Revision '${revision}' is able to receive traffic: move its traffic and its tags first.`;
  if (shortName(kept.resource.latestCreatedRevision ?? '') === revision)
    return `Revision '${revision}' is the latest of its service.`;
  return null;
}
