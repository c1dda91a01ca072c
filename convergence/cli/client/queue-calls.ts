import type {
  QueueListAnswer,
  StandingAnswer,
  WorkerListAnswer,
} from '../../server/api/contract/run/queue.ts';
import type { SendCall } from './send-call.ts';

export type PauseVerb = 'pause' | 'resume' | 'drain';

/** A queue, or what a tenant has in any. */
export type QueuePlace = { readonly queue: string } | { readonly tenant: string };

export function queueCalls(send: SendCall) {
  const root = '/api/v1/admin';
  return {
    listQueues: () => send<QueueListAnswer>('GET', `${root}/queues`),
    listWorkers: () => send<WorkerListAnswer>('GET', `${root}/workers`),
    changeQueue: (verb: PauseVerb, place: QueuePlace) =>
      send<StandingAnswer>('POST', `${root}/${pathOf(place)}/${verb}`),
  };
}

function pathOf(place: QueuePlace): string {
  return 'queue' in place
    ? `queues/${encodeURIComponent(place.queue)}`
    : `tenants/${encodeURIComponent(place.tenant)}/queue`;
}
