import type { Access } from '../api/access.ts';
import type { Api } from '../api/api.ts';
import type { ApiDeps } from '../api/api-deps.ts';
import {
  detailedHealthAnswer,
  healthAnswer,
  liveAnswer,
  readyAnswer,
} from '../api/contract/health.ts';
import type { DetailedHealthAnswer, HealthAnswer, ReadyAnswer } from '../api/contract/health.ts';
import { featuresOf } from '../settings/features.ts';
import { readMachine } from './machine.ts';
import { runProbes } from './probe.ts';

type HealthDeps = Pick<ApiDeps, 'settings' | 'clock' | 'probes' | 'metrics' | 'controlPlane'>;

/** `/health`, `/health/live`, `/health/ready`, `/health/detailed` and `/metrics`. */
export function addHealthRoutes(api: Api, deps: HealthDeps): void {
  const access = 'public';
  const operator: Access = deps.settings.ENVIRONMENT === 'production' ? 'admin' : 'public';
  api.get('/health', options(access, { 200: healthAnswer }), () => describe(deps));
  api.get('/health/live', options(access, { 200: liveAnswer }), () => ({
    status: 'alive' as const,
  }));
  const ready = options(access, { 200: readyAnswer, 503: readyAnswer });
  api.get('/health/ready', ready, async (_request, reply) => {
    const answer = await readReadiness(deps);
    return reply.code(answer.status === 'ready' ? 200 : 503).send(answer);
  });
  const detailed = options(operator, { 200: detailedHealthAnswer });
  api.get('/health/detailed', detailed, () => readDetails(deps));
  const metrics = { config: { access: operator }, schema: { tags: ['health'] } };
  api.get('/metrics', metrics, async (_request, reply) => {
    const text = await deps.metrics.read(await deps.controlPlane.readLoad());
    return reply.header('content-type', deps.metrics.contentType).send(text);
  });
}

function options<T>(access: Access, response: T) {
  return { config: { access }, schema: { tags: ['health'], response } };
}

function describe({ settings, clock }: HealthDeps): HealthAnswer {
  return {
    status: 'healthy',
    service: 'convergence-data-pipeline',
    version: settings.VERSION,
    environment: settings.ENVIRONMENT,
    timestamp: clock.now().toISOString(),
  };
}

async function readReadiness({ probes, clock }: HealthDeps): Promise<ReadyAnswer> {
  const results = await runProbes(probes, clock);
  const failing = results.filter(({ ok }) => !ok).map(({ name }) => name);
  return { status: failing.length === 0 ? 'ready' : 'not_ready', failing };
}

async function readDetails(deps: HealthDeps): Promise<DetailedHealthAnswer> {
  const [results, machine] = await Promise.all([
    runProbes(deps.probes, deps.clock),
    readMachine(deps.settings.DATA_DIR),
  ]);
  const dependencies = results.map(({ latencyMs, ...rest }) => ({
    ...rest,
    latency_ms: latencyMs,
  }));
  const status = results.every(({ ok }) => ok) ? 'healthy' : 'degraded';
  const features = { ...featuresOf(deps.settings) };
  return { ...describe(deps), status, ...machine, dependencies, features };
}
