import type { FastifyRequest } from 'fastify';
import type {
  Pausable,
  Standing,
  WorkerRecord,
} from '../../../../engine/run/queue/queue-control.ts';
import { authorOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  queueListAnswer,
  queueParams,
  standingAnswer,
  workerListAnswer,
} from '../../contract/run/queue.ts';
import type { StandingAnswer } from '../../contract/run/queue.ts';
import { tenantParams } from '../../contract/tenant/tenant.ts';

type QueueDeps = Pick<ApiDeps, 'queueControl'>;

const config = { access: 'admin' } as const;
const tags = ['queues'];
const root = '/api/v1/admin';

/** Drain differs from pause by what its caller does next: ask again until `state` is `paused`. */
const VERBS = {
  pause: 'Take no further runs. Those that run go on to their end.',
  resume: 'Take runs again.',
  drain: 'As pause; repeat it until state is paused: then no run is left that had begun.',
} as const;

export function addQueueRoutes(api: Api, deps: QueueDeps): void {
  addReadRoutes(api, deps);
  addPauseRoutes(api, deps);
}

function addReadRoutes(api: Api, { queueControl }: QueueDeps): void {
  const queues = {
    tags,
    summary: 'What waits and runs in each queue, and which tenants are paused.',
    response: { 200: queueListAnswer },
  };
  api.get(`${root}/queues`, { config, schema: queues }, async () => {
    const found = await queueControl.readQueues();
    return {
      queues: found.queues.map((one) => ({ queue: one.queue, ...presentStanding(one) })),
      paused_tenants: found.pausedTenants.map((one) => ({
        tenant_id: one.tenantId,
        ...presentStanding(one),
      })),
    };
  });

  const workers = {
    tags,
    summary: 'The processes that execute runs, the longest at work first.',
    response: { 200: workerListAnswer },
  };
  api.get(`${root}/workers`, { config, schema: workers }, async () => ({
    workers: (await queueControl.listWorkers()).map(presentWorker),
  }));
}

function addPauseRoutes(api: Api, { queueControl }: QueueDeps): void {
  for (const [verb, summary] of Object.entries(VERBS)) {
    const schema = { tags, summary, response: { 200: standingAnswer } };
    const change = async (request: FastifyRequest, what: Pausable) =>
      presentStanding(
        verb === 'resume'
          ? await queueControl.resume(what)
          : await queueControl.pause(what, authorOf(request)),
      );
    const ofQueue = { config, schema: { ...schema, params: queueParams } };
    api.post(`${root}/queues/:queue/${verb}`, ofQueue, (request) =>
      change(request, { queue: request.params.queue }),
    );
    const ofTenant = { config, schema: { ...schema, params: tenantParams } };
    api.post(`${root}/tenants/:tenant_id/queue/${verb}`, ofTenant, (request) =>
      change(request, { tenantId: request.params.tenant_id }),
    );
  }
}

function presentStanding(standing: Standing): StandingAnswer {
  const { depth, oldestSeconds, running, pausedAt, pausedBy } = standing;
  const closed = running > 0 ? 'draining' : 'paused';
  return {
    state: pausedAt === null ? 'active' : closed,
    depth,
    oldest_seconds: oldestSeconds,
    running,
    paused_at: pausedAt?.toISOString() ?? null,
    paused_by: pausedBy,
  };
}

function presentWorker({ queues, places, ...worker }: WorkerRecord) {
  return {
    worker: worker.worker,
    queues: [...queues],
    places_min: places.min,
    places_max: places.max,
    running: worker.running,
    started_at: worker.startedAt.toISOString(),
    seen_at: worker.seenAt.toISOString(),
    is_lost: worker.isLost,
  };
}
