import type { Container, Labels, Template } from '../resource/resource.ts';
import { environments, keyFor } from './knative.ts';

/** A revision's template as v1 has it; `read-template.ts` is its inverse. */
export function renderTemplate(template: Template): { metadata: object; spec: object } {
  const { revision, labels, timeout, maxInstanceRequestConcurrency, serviceAccount } = template;
  return {
    metadata: {
      ...(revision !== undefined && { name: revision }),
      ...(labels && { labels }),
      annotations: annotationsOf(template),
    },
    spec: {
      containerConcurrency: maxInstanceRequestConcurrency,
      timeoutSeconds: Number.parseFloat(timeout ?? ''),
      ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
      containers: (template.containers ?? []).map(renderContainer),
    },
  };
}

function annotationsOf({ annotations, scaling, containers, ...template }: Template): Labels {
  const { cpuIdle = false, startupCpuBoost = false } = containers?.[0]?.resources ?? {};
  const environment = keyFor(environments, template['executionEnvironment']);
  return {
    ...annotations,
    'autoscaling.knative.dev/maxScale': String(scaling?.maxInstanceCount),
    ...(scaling?.minInstanceCount && {
      'autoscaling.knative.dev/minScale': String(scaling.minInstanceCount),
    }),
    ...(!cpuIdle && { 'run.googleapis.com/cpu-throttling': 'false' }),
    ...(startupCpuBoost && { 'run.googleapis.com/startup-cpu-boost': 'true' }),
    ...(environment !== undefined && { 'run.googleapis.com/execution-environment': environment }),
    ...(template['sessionAffinity'] === true && { 'run.googleapis.com/sessionAffinity': 'true' }),
  };
}

function renderContainer({ resources, ...container }: Container): object {
  return { ...container, ...(resources && { resources: { limits: resources.limits } }) };
}
