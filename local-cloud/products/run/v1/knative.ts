import { z } from 'zod';

/**
 * Cloud Run v1 as `gcloud run` writes it (https://cloud.google.com/run/docs/reference/rest/v1),
 * as far as it has a counterpart in v2. Everything else is refused by its name.
 */
const labels = z.record(z.string(), z.string());
const probe = z.strictObject({
  initialDelaySeconds: z.int().optional(),
  timeoutSeconds: z.int().optional(),
  periodSeconds: z.int().optional(),
  successThreshold: z.literal(1).optional(),
  failureThreshold: z.int().optional(),
  httpGet: z
    .strictObject({
      path: z.string().optional(),
      port: z.int().optional(),
      httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
    })
    .optional(),
  tcpSocket: z.strictObject({ port: z.int().optional() }).optional(),
});
const container = z.strictObject({
  name: z.string().optional(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.strictObject({ name: z.string(), value: z.string().optional() })).optional(),
  resources: z.strictObject({ limits: labels.optional() }).optional(),
  ports: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        containerPort: z.int().optional(),
        protocol: z.string().optional(),
      }),
    )
    .optional(),
  workingDir: z.string().optional(),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
});
const template = z.strictObject({
  metadata: z
    .strictObject({
      name: z.string().optional(),
      namespace: z.string().optional(),
      labels: labels.optional(),
      annotations: labels.optional(),
      creationTimestamp: z.null().optional(),
    })
    .optional(),
  spec: z.strictObject({
    containerConcurrency: z.int().optional(),
    timeoutSeconds: z.int().optional(),
    serviceAccountName: z.string().optional(),
    enableServiceLinks: z.boolean().optional(),
    /** gcloud sends an empty one. */
    nodeSelector: z.strictObject({}).optional(),
    containers: z.array(container),
  }),
});
const traffic = z.strictObject({
  configurationName: z.string().optional(),
  revisionName: z.string().optional(),
  percent: z.int().optional(),
  tag: z.string().optional(),
  latestRevision: z.boolean().optional(),
  url: z.string().optional(),
});

export const knativeService = z.strictObject({
  apiVersion: z.literal('serving.knative.dev/v1'),
  kind: z.literal('Service'),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: labels.optional(),
    annotations: labels.optional(),
    resourceVersion: z.string().optional(),
  }),
  spec: z.strictObject({ template, traffic: z.array(traffic).optional() }),
  status: z.unknown().optional(),
});

export type KnativeService = z.infer<typeof knativeService>;
export type KnativeTemplate = z.infer<typeof template>;
export type KnativeTarget = z.infer<typeof traffic>;

/** The namespaces of labels and annotations that are fields in v2. */
export const RESERVED =
  /^([a-z0-9-]+\.)*(run\.googleapis\.com|cloud\.googleapis\.com|serving\.knative\.dev|autoscaling\.knative\.dev)\//;

export const ingress = {
  all: 'INGRESS_TRAFFIC_ALL',
  internal: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  'internal-and-cloud-load-balancing': 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
} as const;

export const environments = {
  gen1: 'EXECUTION_ENVIRONMENT_GEN1',
  gen2: 'EXECUTION_ENVIRONMENT_GEN2',
} as const;

/** The key of a value; undefined when it is none of them. */
export function keyFor(
  table: Readonly<Record<string, string>>,
  value: unknown,
): string | undefined {
  return Object.keys(table).find((key) => table[key] === value);
}
