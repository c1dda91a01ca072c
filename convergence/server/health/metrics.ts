import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Api } from '../api/api.ts';
import type { ApiDeps, Load } from '../api/api-deps.ts';

export interface Metrics {
  readonly contentType: string;
  /** In the text format of Prometheus, with the load of this moment. */
  read(): Promise<string>;
}

/** Counts every answer of the app by route and status, from here on. */
export function countRequests(app: Api, { controlPlane }: Pick<ApiDeps, 'controlPlane'>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'convergence_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'convergence_http_request_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    requests.inc({ method: request.method, route, status: reply.statusCode });
    durations.observe({ route }, reply.elapsedTime / 1_000);
    done();
  });
  const showLoad = createLoadGauges(registry);
  return {
    contentType: registry.contentType,
    read: async () => {
      showLoad(await controlPlane.readLoad());
      return await registry.metrics();
    },
  };
}

function createLoadGauges(registry: Registry): (load: Load) => void {
  const gauge = (name: string, help: string, label: string) =>
    new Gauge({ name, help, labelNames: [label], registers: [registry] });
  const depth = gauge('convergence_queue_depth', 'Runs that wait.', 'queue');
  const age = gauge('convergence_queue_oldest_seconds', 'Wait of the first of them.', 'queue');
  const runs = gauge('convergence_runs', 'Runs by state.', 'state');
  return (load) => {
    for (const { queue, ...state } of load.queues) {
      depth.set({ queue }, state.depth);
      age.set({ queue }, state.oldestSeconds);
    }
    for (const [state, count] of Object.entries(load.runs)) runs.set({ state }, count);
  };
}
