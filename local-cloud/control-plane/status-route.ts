import type { DataPlane } from '../data-plane/data-plane.ts';
import type { PlainRoute } from '../protocol/handler.ts';
import { writeJson } from '../protocol/rest/write-answer.ts';
import { keyOf } from '../products/run/resource/resource-name.ts';
import type { KeptService } from '../products/run/resource/resource.ts';
import type { Endpoints } from './endpoints.ts';

export interface StatusDeps {
  readonly services: () => readonly KeptService[];
  readonly dataPlane: DataPlane;
  readonly endpoints: () => Endpoints | null;
}

/** GET `/local/v1/status`: where it answers, and all services as they are run now. */
export function statusRoute({ services, dataPlane, endpoints }: StatusDeps): PlainRoute {
  return {
    prefix: '/local/v1/status',
    answer: async (_, response) => {
      const described = services().map((kept) => describe(kept, dataPlane));
      writeJson(response, 200, { ...endpoints(), services: await Promise.all(described) });
    },
  };
}

async function describe({ resource, revisions }: KeptService, plane: DataPlane): Promise<object> {
  const running = await plane.describeService(keyOf(resource.name));
  return {
    name: resource.name,
    uri: resource.uri ?? '',
    state: resource.terminalCondition?.state.replace('CONDITION_', '').toLowerCase(),
    traffic: (resource.trafficStatuses ?? []).map(({ percent = 0, ...one }) => ({
      ...one,
      percent,
    })),
    revisions: revisions.map(({ name, outcome, message }) => {
      const found = running?.revisions.find((one) => one.name === name);
      const { state = outcome, instances = 0 } = found ?? {};
      return { name, state, instances, ...(message !== undefined && { message }) };
    }),
  };
}
