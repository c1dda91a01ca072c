import { renderRevision } from '../resource/render-revision.ts';
import { shortName } from '../resource/resource-name.ts';
import type { Condition, KeptRevision, KeptService } from '../resource/resource.ts';
import { renderCondition, versionOf } from './render-knative.ts';
import { renderTemplate } from './render-template.ts';

/** A revision as v1 has it. */
export function renderV1Revision(kept: KeptService, revision: KeptRevision): object {
  const [, project, , location] = kept.resource.name.split('/');
  const { metadata, spec } = renderTemplate(revision.template);
  const rendered = renderRevision(kept, revision) as { conditions: Condition[]; etag: string };
  const service = shortName(kept.resource.name);
  const number = kept.revisions.indexOf(revision) + 1;
  const { annotations } = metadata as { annotations: Readonly<Record<string, string>> };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: revision.name,
      namespace: project,
      selfLink: `/apis/serving.knative.dev/v1/namespaces/${project}/revisions/${revision.name}`,
      uid: revision.uid,
      resourceVersion: versionOf(rendered.etag),
      generation: 1,
      creationTimestamp: revision.createTime,
      labels: {
        ...revision.template.labels,
        'serving.knative.dev/service': service,
        'serving.knative.dev/configuration': service,
        'serving.knative.dev/configurationGeneration': String(number),
        'cloud.googleapis.com/location': location,
      },
      annotations: { ...annotations, 'serving.knative.dev/creator': revision.creator },
    },
    spec,
    status: { observedGeneration: 1, conditions: rendered.conditions.map(renderCondition) },
  };
}
