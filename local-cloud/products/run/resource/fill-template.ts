import type { Container, Probe, Template } from './resource.ts';

const MAX_INSTANCES = 100;
const CONCURRENCY = 80;
const PORT = 8080;

/** A template with what Cloud Run puts where nothing was said (RevisionTemplate, k8s.min.proto). */
export function fillTemplate(template: Template): Template {
  const { scaling, containers = [] } = template;
  return {
    ...template,
    scaling: { ...scaling, maxInstanceCount: scaling?.maxInstanceCount || MAX_INSTANCES },
    timeout: template.timeout ?? '300s',
    maxInstanceRequestConcurrency: template.maxInstanceRequestConcurrency || CONCURRENCY,
    containers: containers.map(fillContainer),
  };
}

function fillContainer(container: Container): Container {
  const ports = container.ports?.length ? container.ports : [{}];
  const filled = ports.map(({ name, containerPort }) => ({
    name: name || 'http1',
    containerPort: containerPort ?? PORT,
  }));
  const port = filled[0]?.containerPort ?? PORT;
  const { resources, startupProbe, livenessProbe } = container;
  return {
    ...container,
    ports: filled,
    resources: {
      // True by default, unless the message is there (ResourceRequirements.cpu_idle).
      ...(resources ?? { cpuIdle: true }),
      limits: { cpu: '1000m', memory: '512Mi', ...resources?.limits },
    },
    startupProbe: startupProbe ? fillProbe(startupProbe, port) : tcpProbe(port),
    ...(livenessProbe && { livenessProbe: fillProbe(livenessProbe, port) }),
  };
}

/** https://cloud.google.com/run/docs/configuring/healthchecks#tcp-startup-probe: the default. */
function tcpProbe(port: number): Probe {
  return { timeoutSeconds: 240, periodSeconds: 240, failureThreshold: 1, tcpSocket: { port } };
}

function fillProbe(probe: Probe, port: number): Probe {
  const { httpGet, tcpSocket } = probe;
  return {
    ...probe,
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    failureThreshold: probe.failureThreshold || 3,
    ...(httpGet && {
      httpGet: { ...httpGet, path: httpGet.path || '/', port: httpGet.port || port },
    }),
    ...(tcpSocket && { tcpSocket: { port: tcpSocket.port || port } }),
  };
}
