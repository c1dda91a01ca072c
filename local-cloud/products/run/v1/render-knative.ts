import { shortName } from '../resource/resource-name.ts';
import { LATEST } from '../resource/resource.ts';
import type {
  Condition,
  KeptService,
  ServiceResource,
  TrafficStatus,
} from '../resource/resource.ts';
import { ingress, keyFor } from './knative.ts';
import { renderTemplate } from './render-template.ts';

/** A service as v1 has it. */
export function renderService({ resource }: Pick<KeptService, 'resource'>): object {
  const { name, traffic, template } = resource;
  const [, project, , location] = name.split('/');
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: shortName(name),
      namespace: project,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${project}/services/${shortName(name)}`,
      uid: resource.uid,
      resourceVersion: versionOf(resource.etag),
      generation: Number(resource.generation),
      creationTimestamp: resource.createTime,
      labels: { ...resource.labels, 'cloud.googleapis.com/location': location },
      annotations: annotationsOf(resource),
    },
    spec: { template: renderTemplate(template), traffic: traffic.map(renderTarget) },
    status: statusOf(resource),
  };
}

/** An etag without its quotes, and back. */
export function versionOf(etag: string): string {
  return etag.replaceAll('"', '');
}

function annotationsOf(resource: ServiceResource): Readonly<Record<string, string>> {
  const reach = keyFor(ingress, resource['ingress']) ?? 'all';
  const minimum = resource.scaling?.minInstanceCount;
  return {
    ...resource.annotations,
    'serving.knative.dev/creator': resource.creator,
    'serving.knative.dev/lastModifier': resource.lastModifier,
    'run.googleapis.com/ingress': reach,
    'run.googleapis.com/ingress-status': reach,
    ...(minimum && { 'run.googleapis.com/minScale': String(minimum) }),
    ...(resource.urls && { 'run.googleapis.com/urls': JSON.stringify(resource.urls) }),
  };
}

function statusOf(resource: ServiceResource): object {
  const { observedGeneration, latestReadyRevision, latestCreatedRevision, uri } = resource;
  const conditions = [resource.terminalCondition, ...(resource.conditions ?? [])];
  return {
    observedGeneration: Number(observedGeneration ?? 0),
    conditions: conditions.flatMap((one) => (one ? [renderCondition(one)] : [])),
    ...(latestReadyRevision && { latestReadyRevisionName: shortName(latestReadyRevision) }),
    ...(latestCreatedRevision && { latestCreatedRevisionName: shortName(latestCreatedRevision) }),
    ...(resource.trafficStatuses && { traffic: resource.trafficStatuses.map(renderTarget) }),
    ...(uri && { url: uri, address: { url: uri } }),
  };
}

export function renderCondition({ type, state, message, ...condition }: Condition): object {
  const statuses: Partial<Record<Condition['state'], string>> = {
    CONDITION_SUCCEEDED: 'True',
    CONDITION_FAILED: 'False',
  };
  const reason = condition.reason ?? condition.revisionReason;
  return {
    type,
    status: statuses[state] ?? 'Unknown',
    ...(reason && { reason: camelCase(reason) }),
    ...(message && { message }),
    ...(condition.severity === 'INFO' && { severity: 'Info' }),
    lastTransitionTime: condition.lastTransitionTime,
  };
}

function renderTarget({ type, revision, percent, tag, uri }: TrafficStatus): object {
  return {
    ...(revision && { revisionName: revision }),
    ...(type === LATEST && { latestRevision: true }),
    ...(percent && { percent }),
    ...(tag && { tag }),
    ...(uri && { url: uri }),
  };
}

/** `HealthCheckContainerError` of `HEALTH_CHECK_CONTAINER_ERROR`. */
function camelCase(reason: string): string {
  const words = reason.toLowerCase().split('_');
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}
