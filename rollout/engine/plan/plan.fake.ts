import { loadRolloutFile } from '../service/load-rollout-file.ts';
import type { Have, Revision, TrafficTarget } from './have.ts';
import type { PlanFacts, Want } from './plan.ts';

/** A ready revision made on a day of January. */
export function revisionOf(name: string, day: number, more: Partial<Revision> = {}): Revision {
  return {
    name,
    createdAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
    image: `r/${name}`,
    state: 'ready',
    retired: false,
    ...more,
  };
}

/** The service `api` with this traffic, all of it in force. */
export function haveOf(
  revisions: readonly Revision[],
  traffic: readonly TrafficTarget[],
  more: Partial<Have> = {},
): Have {
  return {
    ref: { project: 'acme', region: 'europe-west1', service: 'api' },
    etag: 'e1',
    url: 'https://api.example',
    state: 'ready',
    traffic,
    served: traffic,
    revisions: revisions.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)),
    annotations: {},
    changedBy: { who: 'ann@acme.example', client: 'rollout', at: '2026-01-20T00:00:00.000Z' },
    sessionAffinity: false,
    ...more,
  };
}

/** The service `api` shipped to `p`; `keys`: of that environment in rollout.yaml. */
export function wantOf(keys = '', more: Partial<Want> = {}): Want {
  const text = `service: api
image: r/api
environments:
  p: { project: acme, region: europe-west1, ${keys} }
`;
  const { file, problems } = loadRolloutFile(text);
  const service = file?.services[0];
  const environment = service?.environments.p;
  if (!service || !environment) throw new Error(JSON.stringify(problems));
  return {
    service,
    environment,
    rolloutId: 'r-1',
    who: 'ann@acme.example',
    at: new Date('2026-02-02T12:00:00Z'),
    image: 'r/api:2',
    suffix: 'abc1234-00001',
    commit: 'abc1234',
    branch: 'main',
    skipCanary: false,
    skipTests: false,
    overrideQuarantine: false,
    ...more,
  };
}

export const NO_FACTS: PlanFacts = {
  detectable: () => null,
  measuredRequests: 0,
  readsCounters: true,
};
