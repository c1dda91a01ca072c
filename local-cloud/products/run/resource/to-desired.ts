import type {
  DesiredRevision,
  DesiredService,
  LivenessProbe,
  SecretVariable,
  StartupProbe,
} from '../../../data-plane/data-plane.ts';
import { keyOf } from './resource-name.ts';
import type { Target } from './resolve-traffic.ts';
import type { EnvVar, KeptRevision, KeptService, Probe, ServiceScaling } from './resource.ts';

/** What the data plane shall run for a service whose traffic goes to these targets. */
export function toDesired(
  { resource, revisions }: KeptService,
  targets: readonly Target[],
): DesiredService {
  return {
    key: keyOf(resource.name),
    minInstances: serviceMinimum(resource.scaling),
    revisions: revisions.map((revision) => desiredRevision(resource.name, revision)),
    traffic: targets.map(({ revision, percent, tag }) => ({
      revision,
      percent,
      ...(tag !== undefined && { tag }),
    })),
  };
}

function serviceMinimum({
  scalingMode,
  minInstanceCount,
  manualInstanceCount,
}: ServiceScaling = {}): number {
  return (scalingMode === 'MANUAL' ? manualInstanceCount : minInstanceCount) ?? 0;
}

function desiredRevision(service: string, { name, template }: KeptRevision): DesiredRevision {
  const [container] = template.containers ?? [];
  const { startupProbe, livenessProbe, workingDir } = container ?? {};
  const env = container?.env ?? [];
  const plain = env.filter(({ valueSource }) => !valueSource);
  const secrets = secretVariables(service, env);
  return {
    name,
    image: container?.image ?? '',
    command: container?.command ?? [],
    args: container?.args ?? [],
    ...(workingDir && { workingDir }),
    env: Object.fromEntries(plain.map(({ name, value = '' }) => [name, value])),
    ...(secrets.length > 0 && { secrets }),
    concurrency: template.maxInstanceRequestConcurrency ?? 1,
    minInstances: template.scaling?.minInstanceCount ?? 0,
    maxInstances: template.scaling?.maxInstanceCount ?? 1,
    timeoutMs: Number.parseFloat(template.timeout ?? '') * 1000,
    startup: probeTiming(startupProbe ?? {}),
    ...(livenessProbe?.httpGet && { liveness: livenessTiming(livenessProbe) }),
  };
}

/** The fields are named as in Cloud Run's messages, which are those of its first API. */
function secretVariables(service: string, env: readonly EnvVar[]): readonly SecretVariable[] {
  const [, project = ''] = service.split('/');
  return env.flatMap(({ name: variable, valueSource }, index) => {
    const { secret = '', version = '' } = valueSource?.secretKeyRef ?? {};
    if (secret === '') return [];
    const full = secret.includes('/') ? secret : `projects/${project}/secrets/${secret}`;
    const field = `spec.template.spec.containers[0].env[${index}].value_from.secret_key_ref.name`;
    return [{ variable, version: `${full}/versions/${version}`, field }];
  });
}

function probeTiming({ httpGet, ...probe }: Probe): StartupProbe {
  return {
    ...(httpGet && { path: httpGet.path }),
    periodMs: (probe.periodSeconds ?? 0) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 0) * 1000,
    failureThreshold: probe.failureThreshold ?? 1,
  };
}

function livenessTiming(probe: Probe): LivenessProbe {
  return { ...probeTiming(probe), path: probe.httpGet?.path ?? '/' };
}
