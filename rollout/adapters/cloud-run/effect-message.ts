import type { protos } from '@google-cloud/run';
import type { Effect } from '../../engine/plan/effect.ts';
import type { ServiceRef, TrafficTarget } from '../../engine/plan/have.ts';
import { locationName, serviceName } from './resource-name.ts';
import { templateMessage } from './template-message.ts';

type V2 = typeof protos.google.cloud.run.v2;
type Target = protos.google.cloud.run.v2.ITrafficTarget;
export type ServiceMessage = protos.google.cloud.run.v2.IService;
type UpdateRequest = protos.google.cloud.run.v2.IUpdateServiceRequest;

/** A call of the Admin API, version 2, with its message. */
export type EffectMessage =
  | Call<'createService', 'CreateServiceRequest', protos.google.cloud.run.v2.ICreateServiceRequest>
  | Call<'updateService', 'UpdateServiceRequest', UpdateRequest>
  | Call<
      'deleteRevision',
      'DeleteRevisionRequest',
      protos.google.cloud.run.v2.IDeleteRevisionRequest
    >;

interface Call<Method extends string, Type extends keyof V2, Request> {
  readonly method: Method;
  readonly type: Type;
  readonly request: Request;
}

/** What a write must keep of the service as it was read under the same etag. */
export type Kept = Pick<ServiceMessage, 'annotations' | 'scaling'>;

export interface Decided {
  readonly effect: Effect;
  /** Null for `createService`. */
  readonly etag: string | null;
}

/**
 * The one call that an effect is. Its mask names what changes, so that nothing else can; a template
 * that was read is never sent back.
 */
export function effectMessage(ref: ServiceRef, decided: Decided, kept: Kept): EffectMessage {
  const { effect } = decided;
  if (effect.kind === 'createService') return createMessage(ref, effect);
  if (effect.kind === 'deployRevision') return deployMessage(ref, { ...decided, effect }, kept);
  if (effect.kind === 'moveTraffic') {
    return updateMessage(ref, decided, { traffic: effect.traffic.map(targetMessage) });
  }
  if (effect.kind === 'annotate') {
    const annotations = withChanges(kept.annotations ?? {}, effect.annotations);
    return updateMessage(ref, decided, { annotations });
  }
  const name = `${serviceName(ref)}/revisions/${effect.revision}`;
  return { method: 'deleteRevision', type: 'DeleteRevisionRequest', request: { name } };
}

function createMessage(
  ref: ServiceRef,
  effect: Extract<Effect, { kind: 'createService' }>,
): EffectMessage {
  const { revision, template, tag, minInstances, annotations } = effect;
  const service: ServiceMessage = {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    client: 'rollout',
    template: templateMessage(revision, template),
    traffic: [targetMessage({ revision, percent: 100, tag })],
    ...(minInstances > 0 && { scaling: { minInstanceCount: minInstances } }),
  };
  const request = { parent: locationName(ref), service, serviceId: ref.service };
  return { method: 'createService', type: 'CreateServiceRequest', request };
}

function deployMessage(
  ref: ServiceRef,
  decided: Decided & { readonly effect: Extract<Effect, { kind: 'deployRevision' }> },
  kept: Kept,
): EffectMessage {
  const { revision, template, traffic, minInstances } = decided.effect;
  const isScaled = (kept.scaling?.minInstanceCount ?? 0) !== minInstances;
  return updateMessage(ref, decided, {
    template: templateMessage(revision, template),
    traffic: traffic.map(targetMessage),
    ...(isScaled && { scaling: { ...kept.scaling, minInstanceCount: minInstances } }),
  });
}

function updateMessage(
  ref: ServiceRef,
  { etag }: Decided,
  changes: Pick<ServiceMessage, 'template' | 'traffic' | 'scaling' | 'annotations'>,
): EffectMessage {
  const request = {
    updateMask: { paths: Object.keys(changes) },
    service: { name: serviceName(ref), ...changes, etag },
  };
  return { method: 'updateService', type: 'UpdateServiceRequest', request };
}

function targetMessage({ revision, percent, tag }: TrafficTarget): Target {
  return {
    ...(revision === null
      ? { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' }
      : { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision }),
    percent,
    ...(tag && { tag }),
  };
}

function withChanges(
  annotations: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const all = Object.entries({ ...annotations, ...changes });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== null));
}
