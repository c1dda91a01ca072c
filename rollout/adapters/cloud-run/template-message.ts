import type { protos } from '@google-cloud/run';
import type { RevisionTemplate } from '../../engine/plan/effect.ts';

type Template = protos.google.cloud.run.v2.IRevisionTemplate;
type Container = protos.google.cloud.run.v2.IContainer;
type EnvVar = protos.google.cloud.run.v2.IEnvVar;
type Probe = protos.google.cloud.run.v2.IProbe;

/** Two minutes to start, looked at each second; Cloud Run allows four. */
const STARTUP = { timeoutSeconds: 1, periodSeconds: 1, failureThreshold: 120 };
const LIVENESS = { timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 3 };

/** The template of a new revision, made only from what the plan says. */
export function templateMessage(revision: string, template: RevisionTemplate): Template {
  const { labels, timeoutMs, concurrency, maxInstances, serviceAccount } = template;
  return {
    revision,
    ...(Object.keys(labels).length > 0 && { labels }),
    scaling: { maxInstanceCount: maxInstances },
    timeout: { seconds: String(Math.floor(timeoutMs / 1000)), nanos: (timeoutMs % 1000) * 1e6 },
    ...(serviceAccount && { serviceAccount }),
    containers: [containerMessage(template)],
    maxInstanceRequestConcurrency: concurrency,
  };
}

function containerMessage(template: RevisionTemplate): Container {
  const { image, command, args, workingDir, cpu, memory, port } = template;
  const env = envMessages(template);
  return {
    image,
    ...(command.length > 0 && { command: [...command] }),
    ...(args.length > 0 && { args: [...args] }),
    ...(env.length > 0 && { env }),
    resources: { limits: { cpu, memory } },
    ports: [{ containerPort: port }],
    ...(workingDir && { workingDir }),
    ...probeMessages(template),
  };
}

function envMessages({ env, secrets }: RevisionTemplate): EnvVar[] {
  const plain = Object.entries(env).map(([name, value]) => ({ name, value }));
  const secret = Object.entries(secrets).map(([name, { secret, version }]) => ({
    name,
    valueSource: { secretKeyRef: { secret, version } },
  }));
  return [...plain, ...secret];
}

function probeMessages({
  startupPath,
  livenessPath,
}: RevisionTemplate): Pick<Container, 'startupProbe' | 'livenessProbe'> {
  return {
    ...(livenessPath && { livenessProbe: probeMessage(livenessPath, LIVENESS) }),
    ...(startupPath && { startupProbe: probeMessage(startupPath, STARTUP) }),
  };
}

function probeMessage(path: string, timing: Probe): Probe {
  return { ...timing, httpGet: { path } };
}
