import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Api } from '../api/api.ts';
import type { ApiDeps } from '../api/api-deps.ts';

/** Counts every answer by route and status; the registry also asks for the load when it is read. */
export function countRequests(app: Api, { controlPlane }: ApiDeps): Registry {
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
  addLoad(registry, controlPlane);
  return registry;
}

function addLoad(registry: Registry, controlPlane: ApiDeps['controlPlane']): void {
  const registers = [registry];
  const depth = new Gauge({
    name: 'convergence_queue_depth',
    help: 'Runs that wait.',
    labelNames: ['queue'],
    registers,
  });
  const age = new Gauge({
    name: 'convergence_queue_oldest_seconds',
    help: 'How long the first of them has been waiting.',
    labelNames: ['queue'],
    registers,
  });
  const runs = new Gauge({
    name: 'convergence_runs',
    help: 'Runs by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      const load = await controlPlane.readLoad();
      for (const { queue, ...state } of load.queues) {
        depth.set({ queue }, state.depth);
        age.set({ queue }, state.oldestSeconds);
      }
      for (const [state, count] of Object.entries(load.runs)) runs.set({ state }, count);
    },
  });
}
