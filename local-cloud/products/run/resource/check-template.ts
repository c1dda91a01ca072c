import { StatusError } from '../../../protocol/status-error.ts';
import type { Violation } from '../../../protocol/check/violation.ts';
import { violation } from './refusal.ts';
import type { Container, EnvVar, Probe, Template } from './resource.ts';

const RESERVED_ENV = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];
const MAX_CONCURRENCY = 1000;
const MAX_TIMEOUT_SECONDS = 3600;
const MAX_STARTUP_SECONDS = 240;
const MAX_LIVENESS_SECONDS = 3600;

/** What is wrong with a filled template. @throws UNIMPLEMENTED for what cannot be run here */
export function findTemplateMistakes(serviceId: string, template: Template): Violation[] {
  refuseUnmodelled(template);
  const at = 'service.template';
  const { scaling, containers = [], maxInstanceRequestConcurrency = 0 } = template;
  const { minInstanceCount = 0, maxInstanceCount = 0 } = scaling ?? {};
  const seconds = Number.parseFloat(template.timeout ?? '');
  return [
    ...findNameMistakes(serviceId, template.revision),
    ...when(containers.length !== 1, `${at}.containers`, 'expected one container'),
    ...when(
      maxInstanceRequestConcurrency < 0 || maxInstanceRequestConcurrency > MAX_CONCURRENCY,
      `${at}.max_instance_request_concurrency`,
      `is ${maxInstanceRequestConcurrency}: expected 1 to ${MAX_CONCURRENCY}`,
    ),
    ...when(
      !(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS),
      `${at}.timeout`,
      `is ${template.timeout}: expected more than 0 and at most ${MAX_TIMEOUT_SECONDS} s`,
    ),
    ...when(
      minInstanceCount < 0 || maxInstanceCount < Math.max(1, minInstanceCount),
      `${at}.scaling`,
      `has min_instance_count ${minInstanceCount} and max_instance_count ${maxInstanceCount}: expected 0 <= min <= max`,
    ),
    ...containers.flatMap((one, index) => findContainerMistakes(`${at}.containers[${index}]`, one)),
  ];
}

function findNameMistakes(serviceId: string, revision: string | undefined): Violation[] {
  if (revision === undefined) return [];
  const isRight = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(revision);
  const begins = revision.startsWith(`${serviceId}-`);
  return when(
    !isRight || !begins,
    'service.template.revision',
    `is ${JSON.stringify(revision)}: expected a name that begins with ${serviceId}-, of at most 63 lower-case letters, digits and hyphens`,
  );
}

function findContainerMistakes(at: string, container: Container): Violation[] {
  const { ports = [], env = [], resources, startupProbe, livenessProbe } = container;
  const reserved = env.filter(({ name }) => RESERVED_ENV.includes(name)).map(({ name }) => name);
  const { cpu = '', memory = '' } = resources?.limits ?? {};
  return [
    ...when(ports.length > 1, `${at}.ports`, 'expected at most one port'),
    ...ports.flatMap(({ containerPort = 0 }) =>
      when(
        containerPort < 1 || containerPort > 65_535,
        `${at}.ports`,
        `has ${containerPort}: expected 1 to 65535`,
      ),
    ),
    ...when(
      reserved.length > 0,
      `${at}.env`,
      `The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system.`,
    ),
    ...env.flatMap(({ valueSource }, index) =>
      findSecretMistakes(`${at}.env[${index}]`, valueSource),
    ),
    ...when(!isCpu(cpu), `${at}.resources.limits`, `cpu is ${cpu}: expected such as 1 or 500m`),
    ...when(
      !/^\d+(\.\d+)?(Mi|Gi|M|G|k|Ki)?$/.test(memory),
      `${at}.resources.limits`,
      `memory is ${memory}: expected such as 512Mi or 2Gi`,
    ),
    ...findProbeMistakes(`${at}.startup_probe`, startupProbe, MAX_STARTUP_SECONDS),
    ...findProbeMistakes(`${at}.liveness_probe`, livenessProbe, MAX_LIVENESS_SECONDS),
  ];
}

function findSecretMistakes(at: string, source: EnvVar['valueSource']): Violation[] {
  if (source === undefined) return [];
  const { secret = '', version = '' } = source.secretKeyRef ?? {};
  const field = `${at}.value_source.secret_key_ref`;
  return [
    ...when(
      !/^(projects\/[^/]+\/secrets\/)?[a-zA-Z0-9_-]{1,255}$/.test(secret),
      `${field}.secret`,
      `is ${JSON.stringify(secret)}: expected SECRET or projects/PROJECT/secrets/SECRET`,
    ),
    ...when(
      !/^[a-zA-Z0-9_-]+$/.test(version),
      `${field}.version`,
      `is ${JSON.stringify(version)}: expected latest, or the number of a version`,
    ),
  ];
}

function isCpu(cpu: string): boolean {
  const cores = cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1000 : Number(cpu);
  return cores >= 0.08 && cores < 1 ? true : [1, 2, 4, 6, 8].includes(cores);
}

function findProbeMistakes(at: string, probe: Probe | undefined, maxSeconds: number): Violation[] {
  if (probe === undefined) return [];
  const { timeoutSeconds = 0, periodSeconds = 0, failureThreshold = 0 } = probe;
  const kinds = [probe.httpGet, probe.tcpSocket].filter((kind) => kind !== undefined);
  return [
    ...when(kinds.length !== 1, at, 'expected exactly one of http_get, tcp_socket and grpc'),
    ...when(
      periodSeconds < 1 || periodSeconds > maxSeconds,
      `${at}.period_seconds`,
      `is ${periodSeconds}: expected 1 to ${maxSeconds}`,
    ),
    ...when(
      timeoutSeconds < 1 || timeoutSeconds > periodSeconds,
      `${at}.timeout_seconds`,
      `is ${timeoutSeconds}: expected 1 to period_seconds, ${periodSeconds}`,
    ),
    ...when(failureThreshold < 1, `${at}.failure_threshold`, 'expected 1 or more'),
  ];
}

/** What would run otherwise than it is asked for. */
function refuseUnmodelled({ volumes = [], containers = [] }: Template): void {
  const [container] = containers;
  const missing = [
    ...(volumes.length > 0 ? ['volumes'] : []),
    ...(containers.length > 1 ? ['sidecar containers'] : []),
    ...(container?.startupProbe?.grpc || container?.livenessProbe?.grpc ? ['gRPC probes'] : []),
    ...(container?.livenessProbe?.tcpSocket ? ['TCP liveness probes'] : []),
  ];
  if (missing.length === 0) return;
  throw new StatusError('UNIMPLEMENTED', `local-cloud does not model ${missing.join(', ')}`);
}

function when(isWrong: boolean, field: string, description: string): Violation[] {
  return isWrong ? [violation(field, description)] : [];
}
