import { StatusError } from '../../../protocol/status-error.ts';
import { LATEST, TO_REVISION } from '../resource/resource.ts';
import type { KeptService, ServiceResource, TrafficTarget } from '../resource/resource.ts';
import { ingress } from './knative.ts';
import type { KnativeService, KnativeTarget } from './knative.ts';
import { omit, ownLabels, readTemplate } from './read-template.ts';

const MAPPED = ['labels', 'annotations', 'ingress', 'scaling', 'template', 'traffic'];

/** What v2 would be sent; `etag` when the caller names a version. Unmapped fields stay. */
export function readService(sent: KnativeService, stored: KeptService | null): object {
  const { labels = {}, annotations = {}, resourceVersion } = sent.metadata;
  const { resource } = stored ?? {};
  const reach = annotations['run.googleapis.com/ingress'] ?? 'all';
  if (!(reach in ingress))
    throw new StatusError(
      'INVALID_ARGUMENT',
      `run.googleapis.com/ingress is ${reach}: expected ${Object.keys(ingress).join(', ')}`,
    );
  return {
    ...omit(resource ?? {}, MAPPED),
    labels: ownLabels(labels),
    annotations: ownLabels(annotations),
    ingress: ingress[reach as keyof typeof ingress],
    ...scalingOf(resource, annotations['run.googleapis.com/minScale']),
    template: readTemplate(sent.spec.template, resource?.template),
    traffic: (sent.spec.traffic ?? []).map(readTarget),
    ...(resourceVersion && { etag: `"${resourceVersion}"` }),
  };
}

function scalingOf(resource: ServiceResource | undefined, minimum: string | undefined) {
  const { minInstanceCount: _, ...scaling } = resource?.scaling ?? {};
  const asked = { ...scaling, ...(minimum && { minInstanceCount: Number(minimum) }) };
  return Object.keys(asked).length > 0 ? { scaling: asked } : {};
}

function readTarget({ revisionName, percent, tag, latestRevision }: KnativeTarget): TrafficTarget {
  return {
    type: latestRevision ? LATEST : TO_REVISION,
    // A status that is sent back names the revision that the latest is.
    ...(revisionName && !latestRevision && { revision: revisionName }),
    ...(percent && { percent }),
    ...(tag && { tag }),
  };
}
