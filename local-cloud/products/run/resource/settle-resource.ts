import type { ServiceStatus } from '../../../data-plane/data-plane.ts';
import { revisionName } from './resource-name.ts';
import type { Target } from './resolve-traffic.ts';
import type { Condition, KeptService, ServiceResource } from './resource.ts';
import { TO_REVISION } from './resource.ts';

/** How the reconciliation of a service came out. */
export type Settled =
  | { readonly targets: readonly Target[]; readonly status: ServiceStatus }
  | { readonly failure: string; readonly isRevision: boolean };

/** The service after it; when it failed, what served goes on serving. */
export function settleResource(kept: KeptService, settled: Settled, at: string): KeptService {
  const { resource } = kept;
  const base: ServiceResource = {
    ...resource,
    ...readyRevision(kept),
    observedGeneration: resource.generation,
    reconciling: false,
  };
  if ('failure' in settled) return { ...kept, resource: { ...base, ...failed(settled, at) } };
  const { status, targets } = settled;
  return {
    ...kept,
    resource: {
      ...base,
      ...succeeded(at),
      uri: status.url,
      urls: [status.url],
      trafficStatuses: targets.map(({ type, revision, percent, tag }) => ({
        type: type ?? TO_REVISION,
        revision,
        ...(percent > 0 && { percent }),
        ...(tag !== undefined && { tag, uri: status.tagUrls[tag] ?? '' }),
      })),
    },
  };
}

/** With what is known now of a revision's first start. */
export function proveRevision(
  kept: KeptService,
  proof: { readonly revision: string; readonly message?: string; readonly at: string },
): KeptService {
  const { revision, message, at } = proof;
  const revisions = kept.revisions.map((one) =>
    one.name === revision && one.outcome === 'pending'
      ? {
          ...one,
          updateTime: at,
          ...(message === undefined
            ? { outcome: 'ready' as const }
            : { outcome: 'failed' as const, message }),
        }
      : one,
  );
  return { ...kept, revisions };
}

function readyRevision({ resource, revisions }: KeptService): Partial<ServiceResource> {
  const ready = revisions.findLast(({ outcome }) => outcome === 'ready');
  return ready ? { latestReadyRevision: revisionName(resource.name, ready.name) } : {};
}

function succeeded(at: string): Partial<ServiceResource> {
  const state = 'CONDITION_SUCCEEDED';
  return {
    terminalCondition: condition('Ready', { state }, at),
    conditions: [
      condition('RoutesReady', { state }, at),
      condition('ConfigurationsReady', { state }, at),
    ],
  };
}

function failed(
  { failure, isRevision }: Extract<Settled, { failure: string }>,
  at: string,
): Partial<ServiceResource> {
  const why = { state: 'CONDITION_FAILED', message: failure } as const;
  const revisionFailed = { ...why, reason: 'REVISION_FAILED' };
  return {
    terminalCondition: condition('Ready', isRevision ? revisionFailed : why, at),
    conditions: [
      condition('RoutesReady', why, at),
      condition(
        'ConfigurationsReady',
        isRevision ? revisionFailed : { state: 'CONDITION_SUCCEEDED' },
        at,
      ),
    ],
  };
}

function condition(
  type: string,
  what: Omit<Condition, 'type' | 'lastTransitionTime'>,
  at: string,
): Condition {
  return { type, ...what, lastTransitionTime: at };
}
