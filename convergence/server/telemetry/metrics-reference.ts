import { createMetrics } from './metrics.ts';

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** docs/reference/metrics.md, from the metrics themselves. */
export async function renderMetricsReference(): Promise<string> {
  const { registry } = createMetrics();
  const described = (await registry.getMetricsAsJSON()) as unknown as readonly Described[];
  const labels = (name: string) => {
    const metric = registry.getSingleMetric(name) as unknown as { labelNames?: readonly string[] };
    return (metric.labelNames ?? []).map((label) => `\`${label}\``).join(', ') || 'none';
  };
  const row = ({ name, type, help }: Described) =>
    `| \`${name}\` | ${type} | ${labels(name)} | ${help} |`;
  const own = described.filter(({ name }) => name.startsWith('convergence_'));
  return `# Metrics

\`GET /metrics\` of the API, in Prometheus' text format; in production with the admin key as bearer
token. A worker that serves no API answers at \`METRICS_PORT\`. What comes from the control database
(queues, runs, tenants, events) is the same in every API process and absent from workers; everything else
counts from the start of the process that is asked.

No label names a tenant, a pipeline or a run: each of its values would be a series of its own, for
500 tenants some ten thousand. Ask \`GET /api/v1/tenants/me/usage\` for one tenant, and the log for one
run.

| Metric | Kind | Labels | Meaning |
| --- | --- | --- | --- |
${own.map(row).join('\n')}

## Values of labels

| Label | Values |
| --- | --- |
| \`status\` of requests | \`1xx\` to \`5xx\` |
| \`route\` | the paths of the OpenAPI document, with \`:name\` for a parameter; \`none\` where no route matched |
| \`status\` of runs and steps | \`PENDING\`, \`RUNNING\`, \`COMPLETE\`, \`FAILED\`, \`CANCELLED\`, of steps also \`SKIPPED\` |
| \`type\` of steps | \`ingest\`, \`dq\`, \`transform\` |
| \`outcome\` | \`read\`, \`loaded\`, \`quarantined\` |
| \`verdict\` | \`passed\`, \`failed\` |
| \`quota\` | \`runs_per_day\`, \`runs_per_month\`, and the same of \`rows\` and \`bytes\` |
| \`use\` | \`below_80\`, \`from_80\` (percent), \`reached\` |

## Of the process

Besides these, each process shows the usual ones of Prometheus' clients for Node: \`process_*\` (CPU,
resident memory, open files, start) and \`nodejs_*\` (lag of the event loop, heap, garbage collection).
\`nodejs_eventloop_lag_p99_seconds\` above 0.1 for minutes says that a process has too much to do.
`;
}
