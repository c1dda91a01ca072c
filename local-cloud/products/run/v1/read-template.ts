import type { Container, Labels, Template } from '../resource/resource.ts';
import { StatusError } from '../../../protocol/status-error.ts';
import { environments, RESERVED } from './knative.ts';
import type { KnativeTemplate } from './knative.ts';

/** Annotations of templates that are fields in v2, or that only say who wrote them. */
const KNOWN = [
  'autoscaling.knative.dev/maxScale',
  'autoscaling.knative.dev/minScale',
  'run.googleapis.com/cpu-throttling',
  'run.googleapis.com/startup-cpu-boost',
  'run.googleapis.com/execution-environment',
  'run.googleapis.com/sessionAffinity',
  'run.googleapis.com/client-name',
  'run.googleapis.com/client-version',
];
const MAPPED = [
  'revision',
  'labels',
  'annotations',
  'scaling',
  'timeout',
  'maxInstanceRequestConcurrency',
  'serviceAccount',
  'containers',
  'executionEnvironment',
  'sessionAffinity',
];

/**
 * The v2 template of a v1 one; fields that v1 cannot tell stay as they are stored.
 * @throws INVALID_ARGUMENT, UNIMPLEMENTED for annotations without a counterpart
 */
export function readTemplate(
  { metadata = {}, spec }: KnativeTemplate,
  stored: Template | undefined,
): Template {
  const { name, labels, annotations = {} } = metadata;
  refuseUnknown(annotations);
  const { serviceAccountName, timeoutSeconds, containerConcurrency } = spec;
  const environment = annotations['run.googleapis.com/execution-environment'];
  const own = ownLabels(annotations);
  return {
    ...omit(stored ?? {}, MAPPED),
    ...(name && { revision: name }),
    ...(labels && Object.keys(ownLabels(labels)).length > 0 && { labels: ownLabels(labels) }),
    ...(Object.keys(own).length > 0 && { annotations: own }),
    scaling: readScaling(annotations),
    ...(timeoutSeconds && { timeout: `${timeoutSeconds}s` }),
    ...(containerConcurrency && { maxInstanceRequestConcurrency: containerConcurrency }),
    ...(serviceAccountName && { serviceAccount: serviceAccountName }),
    ...(environment && { executionEnvironment: executionEnvironment(environment) }),
    ...(isSaid(annotations['run.googleapis.com/sessionAffinity'], 'true') && {
      sessionAffinity: true,
    }),
    containers: spec.containers.map((one) => readContainer(one, annotations)),
  };
}

/** Without those that are fields in v2. */
export function ownLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED.test(key)));
}

export function omit(fields: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** gcloud writes `True`. */
function isSaid(text: string | undefined, word: string): boolean {
  return text?.toLowerCase() === word;
}

function refuseUnknown(annotations: Labels): void {
  const strange = Object.keys(annotations).find(
    (key) => RESERVED.test(key) && !KNOWN.includes(key),
  );
  if (strange === undefined) return;
  throw new StatusError('UNIMPLEMENTED', `local-cloud does not model the annotation ${strange}`);
}

function readScaling(annotations: Labels): NonNullable<Template['scaling']> {
  const read = (key: string): number | undefined => {
    const text = annotations[key];
    if (text === undefined) return undefined;
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw new StatusError('INVALID_ARGUMENT', `${key} is ${text}: expected a number`);
  };
  const minInstanceCount = read('autoscaling.knative.dev/minScale');
  const maxInstanceCount = read('autoscaling.knative.dev/maxScale');
  return {
    ...(minInstanceCount && { minInstanceCount }),
    ...(maxInstanceCount && { maxInstanceCount }),
  };
}

function executionEnvironment(name: string): string {
  if (name === 'gen1' || name === 'gen2') return environments[name];
  throw new StatusError(
    'INVALID_ARGUMENT',
    `the execution environment is ${name}: expected gen1 or gen2`,
  );
}

function readContainer(
  { name, resources, ports, ...container }: KnativeTemplate['spec']['containers'][number],
  annotations: Labels,
): Container {
  const isIdle = !isSaid(annotations['run.googleapis.com/cpu-throttling'], 'false');
  const isBoosted = isSaid(annotations['run.googleapis.com/startup-cpu-boost'], 'true');
  return {
    ...container,
    ...(name && { name }),
    resources: {
      ...(resources?.limits && { limits: resources.limits }),
      ...(isIdle && { cpuIdle: true }),
      ...(isBoosted && { startupCpuBoost: true }),
    },
    ...(ports && {
      ports: ports.map(({ name, containerPort }) => ({
        ...(name && { name }),
        ...(containerPort && { containerPort }),
      })),
    }),
  };
}
